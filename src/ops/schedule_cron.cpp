#include "base/error.hpp"
#include "ops/schedule_kinds.hpp"

namespace valise {
namespace {

/// Lines in the user's crontab, which cron alone keeps: it runs them as soon as they stand there.
class CronSchedule final : public NightSchedule {
 public:
  CronSchedule(const NightJob& job, const ScheduleOptions& options) : options_(options), job_(job) {
    report_.scheduler = Scheduler::cron;
  }

  ScheduleReport install() override {
    const std::string before = crontab();
    std::string after = without_cron_lines(before, job_.name);
    if (!after.empty() && after.back() != '\n') after += '\n';
    after += cron_lines(job_);
    if (after != before) put_crontab(after);
    report_.active = true;
    report_.installed = true;
    return std::move(report_);
  }

  ScheduleReport status() override {
    look();
    report_.active = report_.installed;
    return std::move(report_);
  }

  ScheduleReport remove() override {
    look();
    if (!report_.installed) return std::move(report_);
    put_crontab(without_cron_lines(crontab(), job_.name));
    report_.installed = false;
    return std::move(report_);
  }

 private:
  // What stands there of this schedule.
  void look() {
    const std::string found = find_cron_lines(crontab(), job_.name);
    report_.installed = !found.empty();
    report_.outdated = report_.installed && found != cron_lines(job_);
  }

  [[nodiscard]] std::string crontab() const {
    const CommandResult result = options_.run({"crontab", "-l"}, {});
    if (result.status == 0) return result.output;
    if (result.output.find("no crontab") != std::string::npos || result.output.empty()) return {};
    throw Error(ErrorKind::storage, "crontab -l failed: " + first_line(result.output));
  }

  void put_crontab(const std::string& text) const {
    const CommandResult result = options_.run({"crontab", "-"}, text);
    if (result.status == 0) return;
    throw Error(ErrorKind::storage, "crontab - failed: " + first_line(result.output));
  }

  const ScheduleOptions& options_;
  const NightJob job_;
  ScheduleReport report_;
};

}  // namespace

std::unique_ptr<NightSchedule> cron_schedule(const NightJob& job, const ScheduleOptions& options) {
  return std::make_unique<CronSchedule>(job, options);
}

}  // namespace valise
