#include <unistd.h>

#include "ops/schedule_files.hpp"

namespace valise {
namespace {

std::vector<ScheduleFile> launchd_files(const NightJob& job, const ScheduleOptions& options) {
  return {
      {options.places.home / "Library/LaunchAgents" / (job.name + ".plist"), launchd_agent(job)}};
}

/// An agent of the user's.
class LaunchdSchedule final : public FileSchedule {
 public:
  LaunchdSchedule(const NightJob& job, const ScheduleOptions& options)
      : FileSchedule(Scheduler::launchd, launchd_files(job, options), options),
        domain_("gui/" + std::to_string(getuid())),
        agent_(domain_ + "/" + job.name) {}

 private:
  std::vector<Command> take_up() override {
    // One that runs keeps its old text.
    stop();
    return {{"launchctl", "bootstrap", domain_, files().front().path.string()}};
  }

  void ask(ScheduleReport& report) override {
    report.active = succeeds({"launchctl", "print", agent_});
  }

  void stop() override { static_cast<void>(run({"launchctl", "bootout", agent_})); }

  void forget() override {}

  const std::string domain_;
  const std::string agent_;
};

}  // namespace

std::unique_ptr<NightSchedule> launchd_schedule(const NightJob& job,
                                                const ScheduleOptions& options) {
  return std::make_unique<LaunchdSchedule>(job, options);
}

}  // namespace valise
