// valise escrow drill

#include <fmt/format.h>

#include <algorithm>

#include "cli/escrow_verbs.hpp"
#include "cli/output_path.hpp"
#include "cli/text_out.hpp"
#include "cli/utf8.hpp"
#include "valise/drill.hpp"

namespace valise::cli {

namespace {

class DrillVerb : public Verb {
 public:
  explicit DrillVerb(CLI::App& escrow)
      : Verb(*escrow.add_subcommand("drill", "Prove that an agent can open its slot")) {
    command()
        .add_option("SNAPSHOT", options_.snapshots,
                    "Backups to drill on (default: the newest of each source that names the agent)")
        ->option_text("...");
    command().add_flag("--all", options_.all, "Every backup that names the agent");
    command()
        .add_option("--request", request_, "Drill on the backups of a request; needs no vault")
        ->type_name("FILE");
    command()
        .add_option("--to", to_, "Write the drills to a new file instead of into the vault")
        ->type_name("FILE");
    command()
        .add_option("--accept", accept_, "Put the drills that an agent handed over into the vault")
        ->type_name("FILE");
    add_agent_options(command(), agent_);
    command().footer(
        "Opens the agent's slot of a backup and puts the agent's signed word on that into\n"
        "the vault. \"valise audit\" then shows who was drilled, and when.\n"
        "\n"
        "Example:\n"
        "  valise escrow drill --vault /mnt/usb/vault\n"
        "  valise escrow drill --request help.request --to mara.drill\n"
        "  valise escrow drill --vault /mnt/usb/vault --accept mara.drill");
  }

  int run(Session& session) override {
    check_options();
    const Run run = session.make_run();
    if (accept_) {
      return show(session, accept_drills(run, absolute_path(*accept_, "--accept")), "accepted");
    }
    if (request_) options_.request = absolute_path(*request_, "--request");
    if (to_) options_.to = output_path(*to_, "--to");
    return show(session, drill(run, options_, agent_unlock(session, run, agent_)), "drilled");
  }

 private:
  void check_options() const {
    const bool names = options_.all || !options_.snapshots.empty();
    if (accept_ && (request_ || to_ || names || agent_.secret.any())) {
      throw Error(ErrorKind::usage, "--accept goes with no other option: it needs no key");
    }
    if (options_.all && !options_.snapshots.empty()) {
      throw Error(ErrorKind::usage, "--all and single backups exclude each other");
    }
    if (request_ && names) {
      throw Error(ErrorKind::usage, "with --request the backups are those of the request");
    }
    if (request_ && !to_) {
      throw Error(ErrorKind::usage, "with --request the drills go to a file: name it with --to");
    }
  }

  int show(Session& session, const DrillReport& report, const char* done) const {
    std::string text;
    for (const DrilledBackup& row : report.backups) {
      if (session.json()) {
        session.print(row_json(report, row));
        continue;
      }
      if (!row.ok) {
        text += fmt::format("FAILED    {}\n", printable(row.problem));
        continue;
      }
      text += fmt::format("{:<9} backup {} of {}, slot {} ({})\n", row.fresh ? done : "as before",
                          short_id(row.snapshot), format_time(row.time), row.slot,
                          printable(row.agent));
    }
    if (session.json()) {
      Json summary{{"type", "summary"},
                   {"vault", report.vault_id},
                   {"owner", report.owner},
                   {"drilled", report.backups.size() - report.failed},
                   {"failed", report.failed}};
      if (options_.to) set_path(summary, "file", *options_.to);
      session.print(summary);
    } else {
      session.report(text + last_line(report));
    }
    if (report.failed == 0) return 0;
    const auto blocked = static_cast<std::uint64_t>(
        std::count_if(report.backups.begin(), report.backups.end(),
                      [](const DrilledBackup& row) { return row.blocked; }));
    if (blocked > 0) session.note(blocked_text(blocked));
    if (const std::uint64_t others = report.failed - blocked; others > 0) {
      session.note(accept_ ? unfit_text(others) : unopened_text(others));
    }
    return static_cast<int>(ErrorKind::corrupt);
  }

  // The slot may be sound: it is the file that says something else.
  static std::string unfit_text(std::uint64_t failed) {
    return failed == 1 ? "a drill did not fit: ask the agent for a new one"
                       : fmt::format("{} drills did not fit: ask the agent for new ones", failed);
  }

  // The slots are sound.
  static std::string blocked_text(std::uint64_t blocked) {
    return fmt::format(
        "something else stands in the place of {}: move it aside with \"valise scrub "
        "--quarantine\", then drill again",
        blocked == 1 ? "a drill" : fmt::format("{} drills", blocked));
  }

  static std::string unopened_text(std::uint64_t failed) {
    return fmt::format(
        "{}: tell the owner, and have the audit look deeper (\"valise audit --deep\")",
        failed == 1 ? "a slot did not open" : fmt::format("{} slots did not open", failed));
  }

  [[nodiscard]] std::string last_line(const DrillReport& report) const {
    if (!options_.to || report.backups.size() == report.failed) return {};
    return fmt::format(
        "Wrote {}. Whoever has the vault puts it in with:\n  valise escrow drill --accept FILE\n",
        printable_path(*options_.to));
  }

  static Json row_json(const DrillReport& report, const DrilledBackup& row) {
    // A drill that was handed over may be of no backup here: nothing but its slot is known then.
    const bool known = !row.snapshot.empty();
    Json out{{"type", "drill"},
             {"vault", report.vault_id},
             {"snapshot", known ? Json(row.snapshot) : Json(nullptr)},
             {"time", known ? Json(rfc3339(row.time)) : Json(nullptr)},
             {"agent", known ? Json(row.agent) : Json(nullptr)},
             {"slot", row.slot},
             {"ok", row.ok},
             {"new", row.fresh}};
    out["problem"] = row.problem.empty() ? Json(nullptr) : Json(row.problem);
    return out;
  }

  DrillOptions options_;
  std::optional<std::string> request_;
  std::optional<std::string> to_;
  std::optional<std::string> accept_;
  AgentOptions agent_;
};

}  // namespace

std::unique_ptr<Verb> add_escrow_drill(CLI::App& escrow) {
  return std::make_unique<DrillVerb>(escrow);
}

}  // namespace valise::cli
