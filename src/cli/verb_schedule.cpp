#include "cli/places.hpp"
#include "cli/text_out.hpp"
#include "cli/utf8.hpp"
#include "cli/verb.hpp"
#include "valise/schedule.hpp"

namespace valise::cli {

namespace {

Json schedule_json(const ScheduleReport& report) {
  Json files = Json::array();
  for (const std::filesystem::path& file : report.files) {
    Json one;
    set_path(one, "path", file);
    files.push_back(one["path"]);
  }
  return {{"type", "summary"},
          {"scheduler", scheduler_name(report.scheduler)},
          {"installed", report.installed},
          {"active", report.active},
          {"outdated", report.outdated},
          {"last_result", report.last_result},
          {"files", std::move(files)},
          {"todo", report.todo}};
}

std::string schedule_files(const ScheduleReport& report) {
  std::string text;
  for (const std::filesystem::path& file : report.files) {
    text += "  " + printable_path(file) + "\n";
  }
  return text;
}

/// What the three have in common.
class ScheduleTurnVerb : public Verb {
 protected:
  ScheduleTurnVerb(CLI::App& schedule, const char* name, const char* about)
      : Verb(*schedule.add_subcommand(name, about)) {
    command()
        .add_option("--with", with_, "What runs it (default: what this system has)")
        ->type_name("systemd|launchd|cron")
        ->check(CLI::IsMember({"systemd", "launchd", "cron"}).description(""));
    command().footer(std::string("Example:\n  valise schedule ") + name);
  }

  [[nodiscard]] ScheduleOptions options() const {
    ScheduleOptions options;
    options.places = {own_program(), config_home(), home_folder()};
    for (const Scheduler one : {Scheduler::systemd, Scheduler::launchd, Scheduler::cron}) {
      if (with_ && *with_ == scheduler_name(one)) options.scheduler = one;
    }
    return options;
  }

 private:
  std::optional<std::string> with_;
};

class ScheduleInstallVerb : public ScheduleTurnVerb {
 public:
  explicit ScheduleInstallVerb(CLI::App& schedule)
      : ScheduleTurnVerb(schedule, "install", "Back up every night from now on") {}

  int run(Session& session) override {
    const Run run = session.make_run();
    const ScheduleReport report = install_schedule(run, options());
    if (session.json()) session.print(schedule_json(report));
    if (report.active) {
      if (!session.json()) {
        session.report("Every night from now on, by " +
                       std::string(scheduler_name(report.scheduler)) + ": a backup into " +
                       printable_path(run.places.vault) + "\n" + schedule_files(report));
      }
      return 0;
    }
    std::string message;
    for (const std::string& line : report.todo) message += (message.empty() ? "" : "; ") + line;
    const Error failure(ErrorKind::storage, message);
    session.show_error(failure);
    return failure.exit_code();
  }
};

class ScheduleStatusVerb : public ScheduleTurnVerb {
 public:
  explicit ScheduleStatusVerb(CLI::App& schedule)
      : ScheduleTurnVerb(schedule, "status", "Say whether backups are scheduled") {}

  int run(Session& session) override {
    const Run run = session.make_run();
    const ScheduleReport report = schedule_status(run, options());
    session.json() ? session.print(schedule_json(report)) : session.print(text(run, report));
    if (!report.installed) return static_cast<int>(ErrorKind::not_found);
    return report.active ? 0 : static_cast<int>(ErrorKind::audit_finding);
  }

 private:
  static std::string text(const Run& run, const ScheduleReport& report) {
    if (!report.installed) {
      return "Nothing is scheduled for " + printable_path(run.places.vault) +
             ". Do it: valise schedule install\n";
    }
    std::string out = "A backup into " + printable_path(run.places.vault) + " every night, by " +
                      scheduler_name(report.scheduler) +
                      (report.active ? "" : ", which does not run it: valise schedule install") +
                      "\n" + schedule_files(report);
    if (report.outdated) {
      out += "  It is not what this version would install: valise schedule install\n";
    }
    if (!report.last_result.empty()) out += "  Last run: " + printable(report.last_result) + "\n";
    return out;
  }
};

class ScheduleRemoveVerb : public ScheduleTurnVerb {
 public:
  explicit ScheduleRemoveVerb(CLI::App& schedule)
      : ScheduleTurnVerb(schedule, "remove", "Back up no more by itself") {}

  int run(Session& session) override {
    const ScheduleReport report = remove_schedule(session.make_run(), options());
    session.json() ? session.print(schedule_json(report))
                   : session.report("No backup is scheduled into this vault any more.\n");
    return 0;
  }
};

class ScheduleVerb : public Verb {
 public:
  explicit ScheduleVerb(CLI::App& app)
      : Verb(*app.add_subcommand("schedule", "Back up every night by itself")) {
    command().require_subcommand(1);
    command().footer(
        "Example:\n"
        "  valise schedule install --vault /mnt/usb/vault\n"
        "  valise schedule status");
    verbs_.push_back(std::make_unique<ScheduleInstallVerb>(command()));
    verbs_.push_back(std::make_unique<ScheduleStatusVerb>(command()));
    verbs_.push_back(std::make_unique<ScheduleRemoveVerb>(command()));
  }

  int run(Session& session) override {
    for (const std::unique_ptr<Verb>& verb : verbs_) {
      if (verb->command().parsed()) return verb->run(session);
    }
    throw Error(ErrorKind::internal, "a verb of schedule has no code");
  }

 private:
  std::vector<std::unique_ptr<Verb>> verbs_;
};

}  // namespace

std::unique_ptr<Verb> add_schedule(CLI::App& app) { return std::make_unique<ScheduleVerb>(app); }

}  // namespace valise::cli
