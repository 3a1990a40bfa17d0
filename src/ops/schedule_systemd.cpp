#include "ops/schedule_files.hpp"

namespace valise {
namespace {

std::vector<ScheduleFile> systemd_files(const NightJob& job, const ScheduleOptions& options) {
  const std::filesystem::path folder = options.places.config / "systemd/user";
  return {{folder / (job.name + ".service"), systemd_service(job)},
          {folder / (job.name + ".timer"), systemd_timer(job)}};
}

/// A timer of the user's, and the service that it starts.
class SystemdSchedule final : public FileSchedule {
 public:
  SystemdSchedule(const NightJob& job, const ScheduleOptions& options)
      : FileSchedule(Scheduler::systemd, systemd_files(job, options), options),
        timer_(job.name + ".timer"),
        service_(job.name + ".service") {}

 private:
  std::vector<Command> take_up() override {
    return {{"systemctl", "--user", "daemon-reload"},
            {"systemctl", "--user", "enable", "--now", timer_}};
  }

  void ask(ScheduleReport& report) override {
    report.active = succeeds({"systemctl", "--user", "is-active", "--quiet", timer_});
    const CommandResult result =
        run({"systemctl", "--user", "show", "--property=Result", "--value", service_});
    if (result.status == 0) report.last_result = first_line(result.output);
  }

  void stop() override {
    static_cast<void>(run({"systemctl", "--user", "disable", "--now", timer_}));
  }

  void forget() override { static_cast<void>(run({"systemctl", "--user", "daemon-reload"})); }

  const std::string timer_;
  const std::string service_;
};

}  // namespace

std::unique_ptr<NightSchedule> systemd_schedule(const NightJob& job,
                                                const ScheduleOptions& options) {
  return std::make_unique<SystemdSchedule>(job, options);
}

}  // namespace valise
