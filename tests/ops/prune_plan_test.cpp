#include "ops/prune_plan.hpp"

#include <doctest/doctest.h>

#include "base/clock.hpp"

namespace {

using namespace valise;

constexpr UnixSeconds kOneHour = 3600;
constexpr UnixSeconds kOneDay = 24 * kOneHour;

/// Snapshots in the order in which they were written, each told by its number from 1.
class KeepHistory {
 public:
  KeepHistory& full(UnixSeconds time) { return add(time, 0); }
  KeepHistory& full(const std::string& day) { return full(noon(day)); }
  /// On the one before.
  KeepHistory& on(const std::string& day) { return add(noon(day), list_.size()); }
  /// A full that is a copy of another one.
  KeepHistory& copy_of(std::size_t number, UnixSeconds signed_at) {
    full(list_[number - 1].time);
    list_.back().shows = list_[number - 1].entry_id;
    list_.back().signed_at = signed_at;
    return *this;
  }
  Keepable& last() { return list_.back(); }
  Keepable& operator[](std::size_t number) { return list_[number - 1]; }

  [[nodiscard]] static UnixSeconds noon(const std::string& day) {
    return *end_of_day(day) + 1 - kOneDay / 2;
  }
  [[nodiscard]] std::vector<Verdict> judge(const KeepRules& rules) const {
    return judge_snapshots(list_, rules, context);
  }
  /// "K" for what is kept, "b" for what is kept because another one builds on it, "-" else.
  [[nodiscard]] std::string shown(const KeepRules& rules) const {
    std::string text;
    for (const Verdict& verdict : judge(rules)) {
      text += verdict.by_rule ? 'K' : verdict.keep ? 'b' : '-';
    }
    return text;
  }

  KeepContext context{noon("2030-01-01"), 0, {}, {}};

 private:
  KeepHistory& add(UnixSeconds time, std::size_t parent) {
    Keepable one;
    const auto number = static_cast<std::uint8_t>(list_.size() + 1);
    one.seq = number;
    one.bid = Bytes16{number};
    one.entry_id = Bytes32{number};
    if (parent > 0) one.parent = Bytes32{static_cast<std::uint8_t>(parent)};
    one.shows = one.entry_id;
    one.time = time;
    one.signed_at = time;
    list_.push_back(one);
    return *this;
  }
  std::vector<Keepable> list_;
};

KeepRules of_last(std::uint32_t count) { return {count, 0, 0, 0, 0}; }
KeepRules of_daily(std::uint32_t count) { return {0, count, 0, 0, 0}; }
KeepRules of_weekly(std::uint32_t count) { return {0, 0, count, 0, 0}; }
KeepRules of_monthly(std::uint32_t count) { return {0, 0, 0, count, 0}; }
KeepRules of_within(std::uint64_t seconds) { return {0, 0, 0, 0, seconds}; }

bool tells(const Verdict& verdict, const std::string& reason) {
  return std::find(verdict.reasons.begin(), verdict.reasons.end(), reason) != verdict.reasons.end();
}

}  // namespace

TEST_CASE("each rule keeps what it says, in UTC") {
  struct Row {
    const char* what;
    std::vector<std::string> days;
    KeepRules rules;
    const char* wanted;
  };
  const std::vector<Row> rows{
      {"the newest always stays", {"2026-01-01", "2026-01-02"}, of_within(1), "-K"},
      {"the last three",
       {"2026-01-01", "2026-01-02", "2026-01-03", "2026-01-04"},
       of_last(3),
       "-KKK"},
      {"more than there are", {"2026-01-01", "2026-01-02"}, of_last(9), "KK"},
      {"days with a hole", {"2026-01-01", "2026-01-02", "2026-01-09"}, of_daily(2), "-KK"},
      {"the newest of a day", {"2026-01-01", "2026-01-01", "2026-01-02"}, of_daily(2), "-KK"},
      {"weeks begin on Monday", {"2026-01-04", "2026-01-05", "2026-01-11"}, of_weekly(2), "K-K"},
      // 2026-01-01 is a Thursday: its week is the first, and begins in 2025.
      {"a week over the new year", {"2025-12-28", "2025-12-29", "2026-01-02"}, of_weekly(2), "K-K"},
      // 2027-01-01 is a Friday: it belongs to week 53 of 2026.
      {"week 53", {"2026-12-27", "2026-12-28", "2027-01-03", "2027-01-04"}, of_weekly(3), "K-KK"},
      {"months", {"2026-01-01", "2026-01-31", "2026-02-01", "2026-03-01"}, of_monthly(3), "-KKK"},
      {"a leap day", {"2028-02-28", "2028-02-29", "2028-03-01"}, of_monthly(2), "-KK"},
      {"within, counted from the newest",
       {"2026-01-01", "2026-03-02", "2026-03-31"},
       of_within(30 * kOneDay),
       "-KK"},
      {"rules add up",
       {"2025-11-30", "2025-12-30", "2025-12-31", "2026-01-01", "2026-01-02"},
       {1, 2, 0, 3, 0},
       "K-KKK"},
  };
  for (const Row& row : rows) {
    CAPTURE(row.what);
    KeepHistory history;
    for (const std::string& day : row.days) history.full(day);
    CHECK(history.shown(row.rules) == row.wanted);
  }
}

TEST_CASE("a day ends at midnight in UTC, to the second") {
  KeepHistory history;
  const UnixSeconds midnight = *end_of_day("2026-03-28") + 1;
  history.full(midnight - 1).full(midnight).full(midnight + kOneDay - 1);
  CHECK(history.shown(of_daily(2)) == "K-K");
  CHECK(tells(history.judge(of_daily(2))[0], "of day 2026-03-28"));
  CHECK(tells(history.judge(of_weekly(2))[2], "of week 2026-W13"));
  CHECK(tells(history.judge(of_monthly(2))[2], "of month 2026-03"));
  CHECK(tells(history.judge(of_last(2))[1], "of the last 2"));
  CHECK(tells(history.judge(of_within(2 * kOneDay))[1], "within 2 days of the newest"));
  CHECK(tells(history.judge(of_within(36 * kOneHour))[1], "within 36 hours of the newest"));
}

TEST_CASE("what a kept snapshot builds on stays, and what builds on nothing kept goes") {
  KeepHistory history;
  history.full("2026-01-30").on("2026-01-31").on("2026-02-01").on("2026-02-02");
  history.full("2026-03-01").on("2026-03-02");
  // January's stands on the first; nothing kept builds on February's first.
  CHECK(history.shown(of_monthly(3)) == "bKbKbK");
  CHECK(history.shown(of_last(1)) == "----bK");
  CHECK(history.shown({0, 0, 0, 1, 0}) == "----bK");
  const std::vector<Verdict> verdicts = history.judge(of_monthly(3));
  CHECK(tells(verdicts[2], "04000000 builds on it"));
  CHECK(verdicts[2].reasons.size() == 1);
  // The end of a chain goes alone.
  KeepHistory ended;
  ended.full("2026-01-31").on("2026-02-01").on("2026-02-02").full("2026-02-28").full("2026-03-01");
  CHECK(ended.shown(of_monthly(3)) == "K--KK");
}

TEST_CASE("the chain on which the next backup builds stays, whatever the rules say") {
  KeepHistory history;
  history.full("2026-01-01").on("2026-01-02").full("2026-01-03");
  history.context.continued = {history[2].bid};
  CHECK(history.shown(of_last(1)) == "bKK");
  CHECK(history.judge(of_last(1))[1].pinned);
  CHECK_FALSE(history.judge(of_last(1))[2].pinned);
}

TEST_CASE("a snapshot from the future counts for no rule, and stays") {
  KeepHistory history;
  history.full("2026-01-01").full("2026-01-02").full("2039-05-05").full("2026-01-03");
  CHECK(history.shown(of_last(2)) == "-KKK");
  CHECK(history.shown(of_within(1)) == "--KK");
  CHECK(tells(history.judge(of_last(2))[2], "dated in the future, and counted by no rule"));
  CHECK_FALSE(tells(history.judge(of_last(2))[2], "the newest"));
  // A clock that is a little wrong is no matter.
  history.context.now = KeepHistory::noon("2026-01-02") + kOneHour;
  CHECK(tells(history.judge(of_last(1))[3], "the newest"));
  // As far ahead as a number goes.
  history.last().time = ~UnixSeconds{0};
  history.last().signed_at = ~UnixSeconds{0};
  CHECK(history.shown({1, 1, 1, 1, 1}) == "-KKK");
}

TEST_CASE("what the policy keeps stays, with what it builds on") {
  KeepHistory history;
  history.full("2026-01-01").on("2026-01-20").full("2026-02-01").full("2026-02-02");
  history.context.now = KeepHistory::noon("2026-02-02");
  history.context.min_keep_days = 14;
  CHECK(history.shown(of_last(1)) == "bKKK");
  CHECK(tells(history.judge(of_last(1))[1], "the policy keeps backups for 14 days"));
  // To the second.
  history.context.now = KeepHistory::noon("2026-01-20") + 14 * kOneDay;
  CHECK(history.shown(of_last(1)) == "--KK");
  history.context.now -= 1;
  CHECK(history.shown(of_last(1)) == "bKKK");
  // A clock that was set back does not wrap around.
  history.context.now = KeepHistory::noon("2025-01-01");
  CHECK(history.shown(of_last(1)) == "KKKK");
}

TEST_CASE("one that does not restore takes no other's place") {
  KeepHistory history;
  history.full("2026-01-01").full("2026-01-02").full("2026-01-03").on("2026-01-04");
  CHECK(history.shown(of_last(1)) == "--bK");
  history[3].sound = false;
  // The newest cannot be rebuilt any more: it stays as it would, and the newest that can as well.
  CHECK(history.shown(of_last(1)) == "-KbK");
  CHECK(history.shown(of_last(2)) == "KKKK");
  // Its parent is not in the log.
  KeepHistory torn;
  torn.full("2026-01-01").on("2026-01-02");
  torn.last().parent = Bytes32{99};
  CHECK(torn.shown(of_last(1)) == "KK");
}

TEST_CASE("a copy takes the place of its original and counts by the day that it shows") {
  KeepHistory history;
  history.full("2026-01-01").full("2026-01-02").full("2026-01-03");
  history.copy_of(1, KeepHistory::noon("2026-05-05"));
  CHECK(history.shown(of_last(3)) == "-KKK");
  CHECK(history.shown(of_last(1)) == "--K-");
  history.last().sound = false;
  CHECK(history.shown(of_last(3)) == "KKKK");
  history.last().sound = true;
  history.last().day_known = false;
  CHECK(history.shown(of_last(1)) == "--KK");
  // How long the policy keeps it counts from when it was signed.
  history.last().day_known = true;
  history.context.now = KeepHistory::noon("2026-05-06");
  history.context.min_keep_days = 14;
  CHECK(history.shown(of_last(1)) == "--KK");
}

TEST_CASE("a loop of parents ends") {
  KeepHistory history;
  history.full("2026-01-01").on("2026-01-02").full("2026-01-03");
  history[1].parent = history[2].entry_id;
  CHECK(history.shown(of_last(1)) == "--K");
  CHECK(history.shown(of_last(3)) == "KKK");
  CHECK(judge_snapshots({}, of_last(1), history.context).empty());
}
