#include "valise/schedule.hpp"

#include <unistd.h>

#include "base/error.hpp"
#include "base/files.hpp"
#include "base/hex.hpp"
#include "crypto/hash.hpp"
#include "ops/schedule_text.hpp"

namespace valise {
namespace {

constexpr std::uint64_t kScheduleFileBytesMax = 1 << 20;
constexpr unsigned kScheduleFileMode = 0644;

struct ScheduleFile {
  std::filesystem::path path;
  std::string text;
};

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

std::vector<ScheduleFile> files_of(const NightJob& job, const ScheduleOptions& options,
                                   Scheduler scheduler) {
  if (scheduler == Scheduler::launchd) {
    return {
        {options.places.home / "Library/LaunchAgents" / (job.name + ".plist"), launchd_agent(job)}};
  }
  if (scheduler == Scheduler::cron) return {};
  const std::filesystem::path folder = options.places.config / "systemd/user";
  return {{folder / (job.name + ".service"), systemd_service(job)},
          {folder / (job.name + ".timer"), systemd_timer(job)}};
}

/// What stands there; nothing where there is no file. Error(usage) where it is not ours.
std::optional<std::string> own_text(const std::filesystem::path& path) {
  const std::optional<Bytes> bytes = read_file(path, kScheduleFileBytesMax);
  if (!bytes) return std::nullopt;
  std::string text(text_of(*bytes));
  if (text.find(kScheduleMark) == std::string::npos) {
    throw Error(ErrorKind::usage, path.string() +
                                      ": it was not made by \"valise schedule install\", and stays "
                                      "as it is; move it away first");
  }
  return text;
}

std::string first_line(const std::string& text) { return text.substr(0, text.find('\n')); }

std::string typed(const std::vector<std::string>& command) {
  std::string line;
  for (const std::string& word : command) {
    const bool plain = word.find_first_not_of(
                           "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
                           "0123456789-_./:=") == std::string::npos;
    line += (line.empty() ? "" : " ") + (plain ? word : shell_word(word));
  }
  return line;
}

/// One schedule of one vault.
class Schedule {
 public:
  Schedule(const Run& run, const ScheduleOptions& options)
      : options_(options), job_(night_job(run, options)) {
    report_.scheduler = options.scheduler ? *options.scheduler : find_scheduler(options.run);
    files_ = files_of(job_, options, report_.scheduler);
    for (const ScheduleFile& file : files_) report_.files.push_back(file.path);
  }

  ScheduleReport install() {
    if (report_.scheduler == Scheduler::cron) {
      const std::string before = crontab();
      std::string after = without_cron_lines(before, job_.name);
      if (!after.empty() && after.back() != '\n') after += '\n';
      after += cron_lines(job_);
      if (after != before) put_crontab(after);
      report_.active = true;
    } else {
      for (const ScheduleFile& file : files_) static_cast<void>(own_text(file.path));
      for (const ScheduleFile& file : files_) {
        make_folders(file.path.parent_path());
        static_cast<void>(
            write_file(file.path, bytes_of(file.text), kScheduleFileMode, Existing::replace));
      }
      report_.active = activate();
    }
    report_.installed = true;
    return std::move(report_);
  }

  ScheduleReport status() {
    look();
    if (!report_.installed) return std::move(report_);
    if (report_.scheduler == Scheduler::systemd) {
      report_.active = succeeds({"systemctl", "--user", "is-active", "--quiet", timer()});
      const CommandResult result = options_.run(
          {"systemctl", "--user", "show", "--property=Result", "--value", service()}, {});
      if (result.status == 0) report_.last_result = first_line(result.output);
    } else if (report_.scheduler == Scheduler::launchd) {
      report_.active = succeeds({"launchctl", "print", domain() + "/" + job_.name});
    } else {
      report_.active = true;
    }
    return std::move(report_);
  }

  ScheduleReport remove() {
    look();
    if (!report_.installed) return std::move(report_);
    if (report_.scheduler == Scheduler::cron) {
      put_crontab(without_cron_lines(crontab(), job_.name));
    } else {
      // What does not run already need not be stopped.
      if (report_.scheduler == Scheduler::systemd) {
        static_cast<void>(options_.run({"systemctl", "--user", "disable", "--now", timer()}, {}));
      } else {
        static_cast<void>(options_.run({"launchctl", "bootout", domain() + "/" + job_.name}, {}));
      }
      for (const ScheduleFile& file : files_) remove_file(file.path);
      if (report_.scheduler == Scheduler::systemd) {
        static_cast<void>(options_.run({"systemctl", "--user", "daemon-reload"}, {}));
      }
    }
    report_.installed = false;
    return std::move(report_);
  }

 private:
  [[nodiscard]] std::string timer() const { return job_.name + ".timer"; }
  [[nodiscard]] std::string service() const { return job_.name + ".service"; }
  [[nodiscard]] static std::string domain() { return "gui/" + std::to_string(getuid()); }

  [[nodiscard]] bool succeeds(const std::vector<std::string>& command) const {
    return options_.run(command, {}).status == 0;
  }

  // What stands there of this schedule.
  void look() {
    if (report_.scheduler == Scheduler::cron) {
      const std::string found = find_cron_lines(crontab(), job_.name);
      report_.installed = !found.empty();
      report_.outdated = report_.installed && found != cron_lines(job_);
      return;
    }
    for (const ScheduleFile& file : files_) {
      const std::optional<std::string> text = own_text(file.path);
      if (text) report_.installed = true;
      if (!text || *text != file.text) report_.outdated = true;
    }
    report_.outdated = report_.outdated && report_.installed;
  }

  // Each in turn; the first that fails and all after it are left to the user.
  bool activate() {
    std::vector<std::vector<std::string>> commands;
    if (report_.scheduler == Scheduler::systemd) {
      commands = {{"systemctl", "--user", "daemon-reload"},
                  {"systemctl", "--user", "enable", "--now", timer()}};
    } else {
      // One that runs keeps its old text.
      static_cast<void>(options_.run({"launchctl", "bootout", domain() + "/" + job_.name}, {}));
      commands = {{"launchctl", "bootstrap", domain(), files_.front().path.string()}};
    }
    for (std::size_t i = 0; i < commands.size(); ++i) {
      const CommandResult result = options_.run(commands[i], {});
      if (result.status == 0) continue;
      report_.todo.push_back("the files stand, but " + commands[i].front() +
                             " did not take them up: " + first_line(result.output));
      std::string rest;
      for (; i < commands.size(); ++i) rest += (rest.empty() ? "" : " && ") + typed(commands[i]);
      report_.todo.push_back("when you are logged in, type: " + rest);
      return false;
    }
    return true;
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

  static void remove_file(const std::filesystem::path& path) {
    std::error_code error;
    std::filesystem::remove(path, error);
    if (error) {
      throw Error(ErrorKind::storage, path.string() + ": cannot be removed: " + error.message());
    }
  }

  const ScheduleOptions& options_;
  NightJob job_;
  std::vector<ScheduleFile> files_;
  ScheduleReport report_;
};

}  // namespace

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
  return Schedule(run, options).install();
}

ScheduleReport schedule_status(const Run& run, const ScheduleOptions& options) {
  return Schedule(run, options).status();
}

ScheduleReport remove_schedule(const Run& run, const ScheduleOptions& options) {
  return Schedule(run, options).remove();
}

}  // namespace valise
