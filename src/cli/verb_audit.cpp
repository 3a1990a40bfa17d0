#include "cli/audit_text.hpp"
#include "cli/text_out.hpp"
#include "cli/verb.hpp"
#include "valise/audit.hpp"

namespace valise::cli {

namespace {

class AuditVerb : public Verb {
 public:
  explicit AuditVerb(CLI::App& app)
      : Verb(*app.add_subcommand("audit", "Show who can open each backup, with proof")) {
    command()
        .add_option("DIR", folders_, "Vaults (default: the one of --vault)")
        ->type_name("DIR")
        ->option_text("...");
    command()
        .add_option("--pin", pin_, "The owner's card, which the vault must match")
        ->type_name("FILE");
    command()
        .add_option("--checkpoint", checkpoint_,
                    "Checkpoint lines of an earlier audit, which the vault must not contradict")
        ->type_name("FILE");
    command().add_flag("--deep", options_.deep, "Rebuild every slot (L3): asks for the passphrase");
    add_passphrase_options(command(), secret_);
    add_recovery_code_options(command(), secret_);
    add_agent_key_option(command(), secret_);
    command().footer(
        "Example:\n"
        "  valise audit\n"
        "  valise audit --pin owner.card --checkpoint last.txt --deep /mnt/a/vault /mnt/b/vault");
  }

  int run(Session& session) override {
    if (pin_) options_.pin = absolute_path(*pin_, "--pin");
    if (checkpoint_) options_.checkpoint = absolute_path(*checkpoint_, "--checkpoint");
    if (!options_.deep && secret_.any()) {
      throw Error(ErrorKind::usage,
                  "a key is of use with --deep only: add it, or leave the key out");
    }
    Run run = session.make_run();
    if (folders_.empty()) return audit_one(session, run);
    if (folders_.size() == 1) return audit_folder(session, run, folders_.front());
    return audit_all(session, run);
  }

 private:
  int audit_one(Session& session, const Run& run) {
    UnlockSource unlock;
    if (options_.deep) unlock = session.unlock_source(run, secret_);
    const AuditReport report = audit(run, options_, unlock);
    const std::filesystem::path& vault = run.places.vault;
    if (session.json()) {
      for (const AuditedBackup& backup : report.backups) {
        session.print(audited_json(report, backup, vault));
      }
      for (const AuditFinding& finding : report.findings) {
        session.print(audit_finding_json(report, finding, vault));
      }
      session.print(audit_json(report, vault));
    } else {
      session.print(audit_text(report, vault));
    }
    return report.has_errors() ? static_cast<int>(ErrorKind::audit_finding) : 0;
  }

  int audit_folder(Session& session, Run& run, const std::string& folder) {
    run.places.vault = absolute_path(folder, "DIR");
    return audit_one(session, run);
  }

  // One vault that cannot be read does not hide what is found in the others.
  int audit_all(Session& session, Run& run) {
    int first_failure = 0;
    for (const std::string& folder : folders_) {
      int code = 0;
      try {
        code = audit_folder(session, run, folder);
      } catch (const Error& error) {
        if (error.kind() == ErrorKind::cancelled) throw;
        session.show_error(error);
        code = error.exit_code();
      }
      if (first_failure == 0) first_failure = code;
    }
    return first_failure;
  }

  std::vector<std::string> folders_;
  std::optional<std::string> pin_;
  std::optional<std::string> checkpoint_;
  AuditOptions options_;
  SecretOptions secret_;
};

}  // namespace

std::unique_ptr<Verb> add_audit(CLI::App& app) { return std::make_unique<AuditVerb>(app); }

}  // namespace valise::cli
