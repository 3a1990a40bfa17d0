#include "valise/schedule.hpp"

#include "base/hex.hpp"
#include "crypto/hash.hpp"
#include "ops/schedule_kinds.hpp"

namespace valise {
namespace {

std::string job_name(const std::filesystem::path& vault) {
  const Bytes32 digest = hash("schedule", {bytes_of(vault.native())});
  return "valise-backup-" + hex(ByteSpan(digest).first(4));
}

NightJob night_job(const Run& run, const ScheduleOptions& options) {
  NightJob job;
  job.name = job_name(run.places.vault);
  job.program = options.places.program;
  job.arguments = {"backup", "--quiet", "--no-progress"};
  // All of them: what starts the job does not know what this shell knows.
  job.environment = {{"VALISE_VAULT", run.places.vault.native()},
                     {"VALISE_CONFIG_DIR", run.places.config_dir.native()},
                     {"VALISE_STATE_DIR", run.places.state_dir.native()}};
  job.log = options.places.home / "Library/Logs" / (job.name + ".log");
  for (const std::filesystem::path& path :
       {job.program, run.places.vault, run.places.config_dir, run.places.state_dir, job.log}) {
    require_schedulable(path);
  }
  return job;
}

std::unique_ptr<NightSchedule> schedule_with(Scheduler scheduler, const NightJob& job,
                                             const ScheduleOptions& options) {
  switch (scheduler) {
    case Scheduler::systemd:
      return systemd_schedule(job, options);
    case Scheduler::launchd:
      return launchd_schedule(job, options);
    case Scheduler::cron:
      break;
  }
  return cron_schedule(job, options);
}

std::unique_ptr<NightSchedule> schedule_of(const Run& run, const ScheduleOptions& options) {
  const Scheduler scheduler = options.scheduler ? *options.scheduler : find_scheduler(options.run);
  return schedule_with(scheduler, night_job(run, options), options);
}

// The one that stands, whatever this system runs now: else what was installed for another scheduler
// could be neither seen nor taken away without naming it.
std::unique_ptr<NightSchedule> standing_schedule(const Run& run, const ScheduleOptions& options) {
  if (options.scheduler) return schedule_of(run, options);
  const NightJob job = night_job(run, options);
  for (const Scheduler scheduler : {Scheduler::systemd, Scheduler::launchd}) {
    if (schedule_with(scheduler, job, options)->status().installed) {
      return schedule_with(scheduler, job, options);
    }
  }
  return schedule_of(run, options);
}

}  // namespace

std::string first_line(const std::string& text) { return text.substr(0, text.find('\n')); }

const char* scheduler_name(Scheduler scheduler) noexcept {
  switch (scheduler) {
    case Scheduler::systemd:
      return "systemd";
    case Scheduler::launchd:
      return "launchd";
    case Scheduler::cron:
      break;
  }
  return "cron";
}

ScheduleReport install_schedule(const Run& run, const ScheduleOptions& options) {
  return schedule_of(run, options)->install();
}

ScheduleReport schedule_status(const Run& run, const ScheduleOptions& options) {
  return standing_schedule(run, options)->status();
}

ScheduleReport remove_schedule(const Run& run, const ScheduleOptions& options) {
  return standing_schedule(run, options)->remove();
}

}  // namespace valise
