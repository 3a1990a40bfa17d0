#include "scenarios.hpp"

#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <memory>
#include <stdexcept>
#include <string>
#include <vector>

#include "database.hpp"
#include "history.hpp"
#include "tools.hpp"
#include "valise_tool.hpp"

namespace valise::bench {

namespace {

namespace fs = std::filesystem;

// A night costs borg and the pipe about as much as the next one; past this many they only fill
// the disk. restic goes on: its restore of the last night is compared.
constexpr std::uint32_t kNightsOfAll = 5;

class Bench {
 public:
  Bench(const Plan& plan, Results& results);
  void run();

 private:
  void announce(const std::string& what) const { fmt::print(stderr, "{} ...\n", what); }
  void make_source(std::uint32_t messages);
  void first_backups();
  void checks(const char* scenario);
  void nights();
  void restores();
  void delete_long_chat();
  void scramble();
  void look();
  void four_times();

  /// A backup with what it added to the repository.
  Run back_up(Tool& tool);
  Run restore(Tool& tool);
  void prove(const fs::path& restored) const;
  [[nodiscard]] std::vector<Tool*> in_turn(std::uint32_t round, bool all) const;
  [[nodiscard]] double source_bytes() const { return static_cast<double>(fs::file_size(source_)); }

  const Plan& plan_;
  Results& results_;
  fs::path source_;
  Valise* valise_ = nullptr;
  std::vector<std::unique_ptr<Tool>> tools_;
};

Bench::Bench(const Plan& plan, Results& results)
    : plan_(plan), results_(results), source_(plan.work / "source" / "chat.db") {
  if (!plan.valise.empty()) {
    auto valise = std::make_unique<Valise>(plan.valise, plan.work / "valise");
    valise_ = valise.get();
    tools_.push_back(std::move(valise));
  }
  if (plan.skip_others) return;
  tools_.push_back(make_restic(plan.work / "restic"));
  tools_.push_back(make_borg(plan.work / "borg"));
  tools_.push_back(make_pipe(plan.work / "pipe"));
}

void Bench::run() {
  make_source(plan_.messages);
  first_backups();
  checks(kCheckFirst);
  nights();
  checks(kCheckLast);
  restores();
  look();
  delete_long_chat();
  scramble();
  if (plan_.big && valise_ != nullptr) four_times();
}

void Bench::make_source(std::uint32_t messages) {
  announce(fmt::format("making a history of {} messages", messages));
  fs::remove_all(source_.parent_path());
  fs::create_directories(source_.parent_path());
  run_in_child([&] { create_history(source_, {.messages = messages}); });
}

// The tools in an order that moves by one each round, so that none is always first after a sync.
// Without `all`, only those that keep every night.
std::vector<Tool*> Bench::in_turn(std::uint32_t round, bool all) const {
  std::vector<Tool*> order;
  for (const auto& tool : tools_) {
    if (all || tool->name() == "valise" || tool->name() == "restic") order.push_back(tool.get());
  }
  const auto first = static_cast<std::ptrdiff_t>(round % std::max<std::size_t>(order.size(), 1));
  // Not std::ranges::rotate: clang 14 cannot compile it.
  std::rotate(order.begin(), order.begin() + first, order.end());
  return order;
}

Run Bench::back_up(Tool& tool) {
  const std::int64_t before = tool.repository_bytes();
  sync();
  Run run;
  run.cost = tool.back_up(source_);
  run.bytes_added = tool.repository_bytes() - before;
  return run;
}

void Bench::first_backups() {
  results_.set_figure(kSourceFirst, source_bytes());
  for (std::uint32_t round = 0; round < plan_.repeats; ++round) {
    announce(fmt::format("first backups, {} of {}", round + 1, plan_.repeats));
    for (Tool* tool : in_turn(round, true)) {
      tool->start_anew();
      results_.add(kFirstBackup, tool->name(), back_up(*tool));
    }
  }
  if (valise_ != nullptr) {
    results_.set_figure(kStateFirst, static_cast<double>(valise_->state_bytes()));
  }
}

void Bench::checks(const char* scenario) {
  const bool all = scenario == kCheckFirst;
  for (std::uint32_t round = 0; round < plan_.repeats; ++round) {
    announce(fmt::format("{}, {} of {}", scenario, round + 1, plan_.repeats));
    for (Tool* tool : in_turn(round, all)) {
      sync();
      results_.add(scenario, tool->name(), {.cost = tool->check()});
    }
  }
}

void Bench::nights() {
  for (std::uint32_t night = 1; night <= plan_.nights; ++night) {
    announce(fmt::format("night {} of {}", night, plan_.nights));
    run_in_child([&] { apply_night(source_, {.seed = night}); });
    for (Tool* tool : in_turn(night, night <= kNightsOfAll)) {
      results_.add(kNight, tool->name(), back_up(*tool));
    }
  }
  results_.set_figure(kSourceLast, source_bytes());
  if (valise_ != nullptr) {
    results_.set_figure(kStateLast, static_cast<double>(valise_->state_bytes()));
  }
}

Run Bench::restore(Tool& tool) {
  const fs::path to = plan_.work / "restored";
  fs::remove_all(to);
  sync();
  const Run run{.cost = tool.restore(to)};
  prove(to);
  fs::remove_all(to);
  return run;
}

// A fast restore of something else would be worth nothing.
void Bench::prove(const fs::path& restored) const {
  const std::string question =
      "SELECT count(*) * 1000003 + max(ROWID) + sum(date / 1000000000) FROM message";
  for (const fs::directory_entry& entry : fs::recursive_directory_iterator(restored)) {
    if (entry.path().filename() != source_.filename()) continue;
    Database copy(entry.path());
    Database original(source_);
    if (copy.number(question) == original.number(question)) return;
  }
  throw std::runtime_error("the restored messages are not those of the last night");
}

void Bench::restores() {
  for (std::uint32_t round = 0; round < plan_.repeats; ++round) {
    announce(fmt::format("restores, {} of {}", round + 1, plan_.repeats));
    for (Tool* tool : in_turn(round, plan_.nights <= kNightsOfAll)) {
      results_.add(kRestore, tool->name(), restore(*tool));
    }
  }
}

void Bench::delete_long_chat() {
  announce("a long chat deleted");
  run_in_child([&] { delete_chat(source_); });
  for (Tool* tool : in_turn(0, plan_.nights <= kNightsOfAll)) {
    results_.add(kChatDeleted, tool->name(), back_up(*tool));
  }
}

void Bench::scramble() {
  announce("a third of the bodies random");
  run_in_child([&] { scramble_bodies(source_); });
  for (Tool* tool : in_turn(0, false)) results_.add(kScrambled, tool->name(), back_up(*tool));
  for (Tool* tool : in_turn(0, false)) {
    results_.add(kRestoreScrambled, tool->name(), restore(*tool));
  }
}

void Bench::look() {
  if (valise_ == nullptr) return;
  announce("verify, audit, list");
  results_.add(kVerify, "valise", {.cost = valise_->verify_all()});
  for (std::uint32_t round = 0; round < plan_.repeats; ++round) {
    results_.add(kAudit, "valise", {.cost = valise_->audit()});
    results_.add(kList, "valise", {.cost = valise_->list()});
  }
}

void Bench::four_times() {
  tools_.erase(tools_.begin() + 1, tools_.end());
  for (const char* name : {"restic", "borg", "pipe"}) fs::remove_all(plan_.work / name);
  make_source(4 * plan_.messages);
  announce("memory at four times the size");
  const auto add = [&](const char* scenario, const Run& run) {
    results_.add(std::string(kBig) + scenario, "valise", run);
  };
  valise_->start_anew();
  add(kFirstBackup, back_up(*valise_));
  run_in_child([&] { apply_night(source_, {}); });
  add(kNight, back_up(*valise_));
  add(kCheckLast, {.cost = valise_->check()});
  add(kVerify, {.cost = valise_->verify_all()});
  add(kRestore, restore(*valise_));
  add(kAudit, {.cost = valise_->audit()});
  add(kList, {.cost = valise_->list()});
  run_in_child([&] { delete_chat(source_); });
  add(kChatDeleted, back_up(*valise_));
}

}  // namespace

void run_scenarios(const Plan& plan, Results& results) {
  fs::create_directories(plan.work);
  Bench(plan, results).run();
  for (const char* name : {"source", "restored", "valise", "restic", "borg", "pipe"}) {
    fs::remove_all(plan.work / name);
  }
}

}  // namespace valise::bench
