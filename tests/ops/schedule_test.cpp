#include "valise/schedule.hpp"

#include <doctest/doctest.h>

#include <algorithm>

#include "base/files.hpp"
#include "ops/schedule_text.hpp"
#include "support/error_kind.hpp"
#include "support/temp_folder.hpp"

namespace {

using namespace valise;
using namespace valise::test;
namespace fs = std::filesystem;

NightJob odd_job() {
  NightJob job;
  job.name = "valise-backup-1a2b3c4d";
  job.program = "/opt/my \"tools\"/100%/va$lise";
  job.arguments = {"backup", "--quiet", "--no-progress"};
  job.environment = {{"VALISE_VAULT", "/mnt/it's <mine> & 50%\\"}};
  job.log = "/home/me/<log>";
  return job;
}

std::string file_text(const fs::path& path) {
  const auto bytes = read_file(path, 1 << 20);
  return bytes ? std::string(text_of(*bytes)) : std::string();
}

/// A system that remembers what it was asked to run.
struct FakeSystem {
  TempFolder folder;
  std::vector<std::string> commands;
  std::string crontab;
  bool has_crontab = true;
  int systemctl_status = 0;

  Run run() {
    Run run;
    run.places = {folder.path() / "a vault", folder.path() / "config/valise",
                  folder.path() / "state"};
    return run;
  }
  ScheduleOptions options(Scheduler scheduler) {
    ScheduleOptions options;
    options.scheduler = scheduler;
    options.places = {"/usr/bin/valise", folder.path() / "config", folder.path() / "home"};
    options.run = [this](const std::vector<std::string>& command, const std::string& input) {
      std::string line;
      for (const std::string& word : command) line += (line.empty() ? "" : " ") + word;
      commands.push_back(line);
      if (line == "crontab -l") {
        return has_crontab ? CommandResult{0, crontab} : CommandResult{1, "no crontab for me\n"};
      }
      if (line == "crontab -") {
        crontab = input;
        has_crontab = true;
        return CommandResult{0, {}};
      }
      return CommandResult{systemctl_status, systemctl_status == 0 ? "" : "no bus\nat all\n"};
    };
    return options;
  }
};

}  // namespace

TEST_CASE("what systemd reads: quotes, backslashes and percent signs mean themselves") {
  CHECK(systemd_service(odd_job()) ==
        "# Made by \"valise schedule install\"; \"valise schedule remove\" takes it away again.\n"
        "[Unit]\n"
        "Description=Backup of message databases into \"/mnt/it's <mine> & 50%%\\\"\n"
        "\n"
        "[Service]\n"
        "Type=oneshot\n"
        "Environment=\"VALISE_VAULT=/mnt/it's <mine> & 50%%\\\\\"\n"
        "ExecStart=/bin/sh -c \"exec \\\"$$0\\\" \\\"$$@\\\"\" "
        "\"/opt/my \\\"tools\\\"/100%%/va$$lise\" backup --quiet --no-progress\n"
        "Nice=10\n"
        "IOSchedulingClass=idle\n");
  CHECK(systemd_timer(odd_job()) ==
        "# Made by \"valise schedule install\"; \"valise schedule remove\" takes it away again.\n"
        "[Unit]\n"
        "Description=Nightly backup of message databases into \"/mnt/it's <mine> & 50%%\\\"\n"
        "\n"
        "[Timer]\n"
        "OnCalendar=daily\n"
        "Persistent=true\n"
        "RandomizedDelaySec=1h\n"
        "\n"
        "[Install]\n"
        "WantedBy=timers.target\n");
}

TEST_CASE("systemd begins a program of a plain name by itself") {
  NightJob job = odd_job();
  job.program = "/opt/my tools/100%/valise";
  CHECK(systemd_service(job).find(
            "ExecStart=\"/opt/my tools/100%%/valise\" backup --quiet --no-progress\n") !=
        std::string::npos);
}

TEST_CASE("what launchd and cron read") {
  const std::string agent = launchd_agent(odd_job());
  CHECK(agent.find("<string>/opt/my &quot;tools&quot;/100%/va$lise</string>\n"
                   "    <string>backup</string>\n    <string>--quiet</string>\n"
                   "    <string>--no-progress</string>\n  </array>") != std::string::npos);
  CHECK(agent.find("<key>VALISE_VAULT</key>\n"
                   "    <string>/mnt/it&#39;s &lt;mine&gt; &amp; 50%\\</string>") !=
        std::string::npos);
  CHECK(agent.find("<string>/home/me/&lt;log&gt;</string>") != std::string::npos);
  CHECK(agent.find("<key>StartCalendarInterval</key>") != std::string::npos);

  const std::string lines = cron_lines(odd_job());
  CHECK(lines.starts_with("# valise-backup-1a2b3c4d begins. Made by"));
  CHECK(lines.find(" 3 * * * VALISE_VAULT='/mnt/it'\\''s <mine> & 50\\%\\' "
                   "'/opt/my \"tools\"/100\\%/va$lise' backup --quiet --no-progress\n") !=
        std::string::npos);
  CHECK(std::count(lines.begin(), lines.end(), '\n') == 3);
  // Only ours go, and all others stay byte for byte.
  const std::string others = "MAILTO=me\n1 2 * * * true # valise-backup-1a2b3c4d begins.\n";
  CHECK(without_cron_lines(others + lines + "@daily true", odd_job().name) ==
        others + "@daily true");
  CHECK(find_cron_lines(others + lines, odd_job().name) == lines);
  CHECK(find_cron_lines(others, odd_job().name).empty());
  // A begin without its end is not ours to cut.
  const std::string torn = "# valise-backup-1a2b3c4d begins.\n@daily true\n";
  CHECK(without_cron_lines(torn, odd_job().name) == torn);
}

TEST_CASE("a path that no schedule can hold is refused") {
  CHECK_NOTHROW(require_schedulable("/mnt/\xc3\xa4 b"));
  for (const char* path : {"/a\nb", "/a\tb", "/a\x7f", "/\xff"}) {
    CHECK(kind_of([&] { require_schedulable(path); }) == ErrorKind::usage);
  }
}

TEST_CASE("systemd: installing twice is as once, and what is removed is ours alone") {
  FakeSystem system;
  const ScheduleOptions options = system.options(Scheduler::systemd);
  CHECK_FALSE(schedule_status(system.run(), options).installed);
  const ScheduleReport report = install_schedule(system.run(), options);
  CHECK(report.active);
  REQUIRE(report.files.size() == 2);
  const std::string service = file_text(report.files[0]);
  CHECK(service.find("VALISE_STATE_DIR=") != std::string::npos);
  const std::string timer = report.files[1].filename().string();
  CHECK(std::find(system.commands.begin(), system.commands.end(),
                  "systemctl --user enable --now " + timer) != system.commands.end());
  CHECK(install_schedule(system.run(), options).files == report.files);
  CHECK(file_text(report.files[0]) == service);
  // Another vault has a schedule of its own.
  Run other = system.run();
  other.places.vault += "-2";
  CHECK(install_schedule(other, options).files != report.files);

  ScheduleReport status = schedule_status(system.run(), options);
  CHECK(status.installed);
  CHECK(status.active);
  CHECK_FALSE(status.outdated);
  ScheduleOptions moved = options;
  moved.places.program = "/elsewhere/valise";
  CHECK(schedule_status(system.run(), moved).outdated);

  CHECK_FALSE(remove_schedule(system.run(), options).installed);
  CHECK_FALSE(fs::exists(report.files[0]));
  CHECK_FALSE(fs::exists(report.files[1]));
  CHECK(schedule_status(other, options).installed);
  CHECK_FALSE(remove_schedule(system.run(), options).installed);
  // A file of this name that somebody else made.
  CHECK(write_file(report.files[1], bytes_of("[Timer]\n"), 0644, Existing::refuse));
  CHECK(kind_of([&] { static_cast<void>(install_schedule(system.run(), options)); }) ==
        ErrorKind::usage);
  CHECK(kind_of([&] { static_cast<void>(remove_schedule(system.run(), options)); }) ==
        ErrorKind::usage);
  CHECK(file_text(report.files[1]) == "[Timer]\n");
}

TEST_CASE("systemd: without a user's bus the files stand, and it says what to type") {
  FakeSystem system;
  system.systemctl_status = 1;
  const ScheduleOptions options = system.options(Scheduler::systemd);
  const ScheduleReport report = install_schedule(system.run(), options);
  CHECK(report.installed);
  CHECK_FALSE(report.active);
  CHECK(fs::exists(report.files[1]));
  REQUIRE(report.todo.size() == 2);
  CHECK(report.todo[0].ends_with("did not take them up: no bus"));
  CHECK(report.todo[1].find("systemctl --user daemon-reload && systemctl --user enable --now "
                            "valise-backup-") != std::string::npos);
  CHECK_FALSE(schedule_status(system.run(), options).active);
  CHECK_FALSE(remove_schedule(system.run(), options).installed);
  CHECK_FALSE(fs::exists(report.files[1]));
}

TEST_CASE("what stands is seen and removed, though this system runs another scheduler") {
  FakeSystem system;
  const ScheduleReport report = install_schedule(system.run(), system.options(Scheduler::systemd));
  ScheduleOptions any = system.options(Scheduler::systemd);
  any.scheduler.reset();
  system.systemctl_status = 1;
  const ScheduleReport status = schedule_status(system.run(), any);
  CHECK(status.scheduler == Scheduler::systemd);
  CHECK(status.installed);
  CHECK_FALSE(status.active);
  CHECK_FALSE(remove_schedule(system.run(), any).installed);
  for (const fs::path& file : report.files) CHECK_FALSE(fs::exists(file));
  const fs::path agent =
      install_schedule(system.run(), system.options(Scheduler::launchd)).files.at(0);
  CHECK(schedule_status(system.run(), any).scheduler == Scheduler::launchd);
  CHECK_FALSE(remove_schedule(system.run(), any).installed);
  CHECK_FALSE(fs::exists(agent));
}

TEST_CASE("launchd: the agent is written and taken up") {
  FakeSystem system;
  const ScheduleOptions options = system.options(Scheduler::launchd);
  const ScheduleReport report = install_schedule(system.run(), options);
  REQUIRE(report.files.size() == 1);
  CHECK(report.files[0].parent_path() == system.folder.path() / "home/Library/LaunchAgents");
  CHECK(system.commands.back().starts_with("launchctl bootstrap gui/"));
  CHECK(schedule_status(system.run(), options).active);
  CHECK_FALSE(remove_schedule(system.run(), options).installed);
  CHECK_FALSE(fs::exists(report.files[0]));
}

TEST_CASE("cron: other lines stay, and there need be none") {
  FakeSystem system;
  const ScheduleOptions options = system.options(Scheduler::cron);
  system.has_crontab = false;
  CHECK(install_schedule(system.run(), options).active);
  CHECK(system.crontab.find("'/usr/bin/valise' backup") != std::string::npos);
  system.crontab = "@daily true\n" + system.crontab + "@hourly true\n";
  CHECK(schedule_status(system.run(), options).installed);
  CHECK(install_schedule(system.run(), options).installed);
  CHECK(std::count(system.crontab.begin(), system.crontab.end(), '\n') == 5);
  CHECK_FALSE(remove_schedule(system.run(), options).installed);
  CHECK(system.crontab == "@daily true\n@hourly true\n");
  CHECK_FALSE(schedule_status(system.run(), options).installed);
  // A crontab that cannot be read is never replaced.
  ScheduleOptions broken = options;
  broken.run = [](const std::vector<std::string>&, const std::string&) {
    return CommandResult{1, "you are not allowed"};
  };
  CHECK(kind_of([&] { static_cast<void>(install_schedule(system.run(), broken)); }) ==
        ErrorKind::storage);
}

TEST_CASE("a command's output, its input and its exit status") {
  const CommandResult result = run_command({"sh", "-c", "cat; echo more >&2; exit 3"}, "in ");
  CHECK(result.status == 3);
  CHECK(result.output == "in more\n");
  CHECK(run_command({"valise-has-no-such-command"}, {}).status == 127);
  CHECK(fs::exists(own_program()));
}
