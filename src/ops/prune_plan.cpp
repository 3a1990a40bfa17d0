#include "ops/prune_plan.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <functional>
#include <map>
#include <optional>

#include "base/clock.hpp"
#include "base/hex.hpp"

namespace valise {
namespace {

constexpr std::size_t kShownDigits = 8;

using Period = std::function<std::string(UnixSeconds)>;

std::chrono::sys_days day_at(UnixSeconds time) {
  // What is dated beyond the calendar counts for no rule; it must only not overflow.
  constexpr UnixSeconds kLastDay = 2932896;
  const UnixSeconds day = std::min<UnixSeconds>(time / (24 * 3600), kLastDay);
  return std::chrono::sys_days{std::chrono::days{static_cast<int>(day)}};
}

std::string calendar_day(UnixSeconds time) { return rfc3339(time).substr(0, 10); }
std::string calendar_month(UnixSeconds time) { return rfc3339(time).substr(0, 7); }

// A week belongs to the year that has its Thursday, and is the first that has one in that year.
std::string calendar_week(UnixSeconds time) {
  using namespace std::chrono;
  const sys_days day = day_at(time);
  const auto since_monday = (weekday{day} - Monday).count();
  const sys_days thursday = day + days{3 - since_monday};
  const year_month_day date{thursday};
  const sys_days new_year{date.year() / January / 1};
  return fmt::format("{:04}-W{:02}", static_cast<int>(date.year()),
                     (thursday - new_year).count() / 7 + 1);
}

std::string shown_id(const Bytes16& bid) { return hex(bid).substr(0, kShownDigits); }

std::string shown_span(std::uint64_t seconds) {
  constexpr std::uint64_t kDay = 24 * 3600;
  return seconds % kDay == 0 ? fmt::format("{} days", seconds / kDay)
                             : fmt::format("{} hours", seconds / 3600);
}

class Judge {
 public:
  Judge(const std::vector<Keepable>& snapshots, const KeepRules& rules, const KeepContext& context)
      : snapshots_(snapshots), rules_(rules), context_(context), verdicts_(snapshots.size()) {
    for (std::size_t i = 0; i < snapshots.size(); ++i) by_entry_.emplace(snapshots[i].entry_id, i);
  }

  std::vector<Verdict> run() {
    for (std::size_t i = 0; i < snapshots_.size(); ++i) keep_regardless(i);
    apply_rules(candidates(false));
    apply_rules(candidates(true));
    keep_what_is_built_on();
    return std::move(verdicts_);
  }

 private:
  [[nodiscard]] std::optional<std::size_t> parent_of(std::size_t i) const {
    const auto found = by_entry_.find(snapshots_[i].parent);
    // Only what was written before: a forged loop ends here.
    if (found == by_entry_.end() || snapshots_[found->second].seq >= snapshots_[i].seq) return {};
    return found->second;
  }

  [[nodiscard]] bool restores(std::size_t i) const {
    while (snapshots_[i].sound) {
      if (is_zero(snapshots_[i].parent)) return true;
      const auto parent = parent_of(i);
      if (!parent) return false;
      i = *parent;
    }
    return false;
  }

  [[nodiscard]] bool in_future(const Keepable& one) const {
    return std::max(one.time, one.signed_at) > context_.now + kFutureSlackSeconds;
  }

  void keep(std::size_t i, std::string reason) {
    std::vector<std::string>& reasons = verdicts_[i].reasons;
    verdicts_[i].keep = true;
    verdicts_[i].by_rule = true;
    if (std::find(reasons.begin(), reasons.end(), reason) == reasons.end()) {
      reasons.push_back(std::move(reason));
    }
  }

  void pin(std::size_t i, std::string reason) {
    keep(i, std::move(reason));
    verdicts_[i].pinned = true;
  }

  void keep_regardless(std::size_t i) {
    const Keepable& one = snapshots_[i];
    if (context_.continued.contains(one.bid)) pin(i, "the next backup goes on from it");
    if (context_.held.contains(one.bid)) {
      pin(i, "it may be all that has some attachments, see --drop-missing");
      verdicts_[i].held = true;
    }
    if (!one.day_known) {
      pin(i, "this device does not know any more which day it shows");
    } else if (in_future(one)) {
      pin(i, "dated in the future, and counted by no rule");
    }
    const std::uint64_t least = std::uint64_t{context_.min_keep_days} * 24 * 3600;
    if (least > 0 && (one.signed_at > context_.now || context_.now - one.signed_at < least)) {
      pin(i, fmt::format("the policy keeps backups for {} days", context_.min_keep_days));
    }
  }

  // Those that count for the rules, the newest first; of those that show the same the last one
  // written.
  [[nodiscard]] std::vector<std::size_t> candidates(bool restorable) const {
    std::map<Bytes32, std::size_t> chosen;
    for (std::size_t i = 0; i < snapshots_.size(); ++i) {
      const Keepable& one = snapshots_[i];
      if (!one.day_known || in_future(one) || (restorable && !restores(i))) continue;
      const auto [place, is_new] = chosen.emplace(one.shows, i);
      if (!is_new && snapshots_[place->second].seq < one.seq) place->second = i;
    }
    std::vector<std::size_t> order;
    for (const auto& [shows, i] : chosen) order.push_back(i);
    std::sort(order.begin(), order.end(), [this](std::size_t a, std::size_t b) {
      const Keepable& one = snapshots_[a];
      const Keepable& other = snapshots_[b];
      return std::pair(one.time, one.seq) > std::pair(other.time, other.seq);
    });
    return order;
  }

  void apply_rules(const std::vector<std::size_t>& order) {
    if (order.empty()) return;
    keep(order.front(), "the newest");
    const std::size_t last = std::min<std::size_t>(rules_.last, order.size());
    for (std::size_t i = 0; i < last; ++i) keep(order[i], fmt::format("of the last {}", last));
    keep_periods(order, rules_.daily, "day", calendar_day);
    keep_periods(order, rules_.weekly, "week", calendar_week);
    keep_periods(order, rules_.monthly, "month", calendar_month);
    if (rules_.within_seconds == 0) return;
    const UnixSeconds newest = snapshots_[order.front()].time;
    for (const std::size_t i : order) {
      if (newest - snapshots_[i].time > rules_.within_seconds) break;
      keep(i, "within " + shown_span(rules_.within_seconds) + " of the newest");
    }
  }

  void keep_periods(const std::vector<std::size_t>& order, std::uint32_t count, const char* word,
                    const Period& period_of) {
    std::string before;
    for (const std::size_t i : order) {
      const std::string period = period_of(snapshots_[i].time);
      if (period == before) continue;
      if (count-- == 0) return;
      keep(i, fmt::format("of {} {}", word, period));
      before = period;
    }
  }

  // From the newest down, so that each is told of the one directly above it.
  void keep_what_is_built_on() {
    std::vector<std::size_t> order(snapshots_.size());
    for (std::size_t i = 0; i < order.size(); ++i) order[i] = i;
    std::sort(order.begin(), order.end(), [this](std::size_t a, std::size_t b) {
      return snapshots_[a].seq > snapshots_[b].seq;
    });
    for (const std::size_t i : order) {
      const auto parent = parent_of(i);
      if (!verdicts_[i].keep || !parent) continue;
      Verdict& below = verdicts_[*parent];
      if (below.keep) continue;
      below.keep = true;
      below.reasons.push_back(shown_id(snapshots_[i].bid) + " builds on it");
    }
  }

  const std::vector<Keepable>& snapshots_;
  const KeepRules& rules_;
  const KeepContext& context_;
  std::vector<Verdict> verdicts_;
  std::map<Bytes32, std::size_t> by_entry_;
};

}  // namespace

std::vector<Verdict> judge_snapshots(const std::vector<Keepable>& snapshots, const KeepRules& rules,
                                     const KeepContext& context) {
  return Judge(snapshots, rules, context).run();
}

}  // namespace valise
