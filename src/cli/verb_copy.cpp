#include "cli/copy_out.hpp"
#include "cli/utf8.hpp"
#include "cli/verb.hpp"
#include "valise/copy.hpp"

namespace valise::cli {

namespace {

class CopyVerb : public Verb {
 public:
  explicit CopyVerb(CLI::App& app)
      : Verb(*app.add_subcommand("copy", "Seal snapshots anew under the policy of a vault")) {
    CLI::Option* names =
        command()
            .add_option("SNAPSHOT", options_.snapshots,
                        "latest, ids of 4 or more digits, or dates YYYY-MM-DD: the newest on or "
                        "before each")
            ->option_text("...");
    command()
        .add_option("--to", to_, "The vault that gets the copies; may be the same one")
        ->type_name("VAULT")
        ->required();
    command()
        .add_flag("--all", options_.all, "Every snapshot of the vault")
        ->excludes(names)
        ->option_text(" ");
    command()
        .add_option("--source", options_.source,
                    "Only snapshots of this source: the beginning of its id, or a file name")
        ->type_name("SOURCE");
    command().add_flag("--dry-run", options_.dry_run, "Say what would be copied; write nothing");
    add_passphrase_options(command(), secret_);
    add_recovery_code_options(command(), secret_);
    add_agent_key_option(command(), secret_);
    command().footer(
        "The passphrase or code is that of the vault that is copied from (--vault). This device\n"
        "must be enrolled in the other one. Copies keep their dates; the originals stay.\n"
        "After a leaked passphrase:\n"
        "\n"
        "Example:\n"
        "  valise init --vault /mnt/usb/new\n"
        "  valise copy --all --vault /mnt/usb/old --to /mnt/usb/new\n"
        "  valise verify --all --vault /mnt/usb/new");
  }

  int run(Session& session) override {
    const Run run = session.make_run();
    options_.to = vault_folder(to_, "--to");
    CopyEvents events;
    events.on_plan = [&](const CopyPlan& plan) {
      if (session.json()) return session.print(copy_plan_json(plan));
      const std::string text = copy_plan_text(plan, options_.dry_run);
      options_.dry_run ? session.print(text) : session.report(text);
    };
    events.on_copy = [&](const BackupSummary& summary) {
      session.json() ? session.print(copied_json(summary)) : session.report(copied_text(summary));
    };
    events.on_failure = [&](const CopyFailure& failure) {
      session.note("backup " + failure.snapshot + " was not copied: " + failure.error.what());
      if (session.json()) session.print(copy_failure_json(failure));
    };
    const CopyReport report =
        copy_snapshots(run, options_, session.unlock_source(run, secret_), events);
    session.json() ? session.print(copy_json(report, options_.dry_run))
                   : session.report(copy_text(report, options_.dry_run));
    return exit_code(session, report);
  }

 private:
  static int exit_code(Session& session, const CopyReport& report) {
    if (report.rolled_back) {
      const Error finding(ErrorKind::audit_finding,
                          "the log of the vault that was copied from is older than this device "
                          "remembers: somebody has put back an old state of the storage, and what "
                          "came after it was not copied. Run \"valise audit\" there");
      session.show_error(finding);
      return finding.exit_code();
    }
    // Damage counts more than a key that does not open everything.
    int code = 0;
    for (const CopyFailure& failure : report.failures) {
      if (failure.error.kind() == ErrorKind::corrupt) return failure.error.exit_code();
      code = failure.error.exit_code();
    }
    return code;
  }

  CopyOptions options_;
  std::string to_;
  SecretOptions secret_;
};

}  // namespace

std::unique_ptr<Verb> add_copy(CLI::App& app) { return std::make_unique<CopyVerb>(app); }

}  // namespace valise::cli
