#include "cli/files_out.hpp"
#include "cli/text_out.hpp"
#include "cli/verb.hpp"
#include "valise/verify.hpp"

namespace valise::cli {

namespace {

class VerifyVerb : public Verb {
 public:
  explicit VerifyVerb(CLI::App& app)
      : Verb(*app.add_subcommand("verify", "Prove that snapshots would restore")) {
    CLI::Option* snapshot =
        command()
            .add_option("SNAPSHOT", options_.snapshot,
                        "latest, an id of 4 or more digits, or a date (default: latest)")
            ->option_text(" ");
    command()
        .add_flag("--all", options_.all, "Every snapshot of the vault")
        ->excludes(snapshot)
        ->option_text(" ");
    command()
        .add_option("--source", options_.source,
                    "Only snapshots of this source: the beginning of its id, or a file name")
        ->type_name("SOURCE");
    add_passphrase_options(command(), secret_);
    add_recovery_code_options(command(), secret_);
    add_agent_key_option(command(), secret_);
    command().footer(
        "Example:\n"
        "  valise verify\n"
        "  valise verify --all --passphrase-command \"pass show valise\"");
  }

  int run(Session& session) override {
    const Run run = session.make_run();
    const VerifyReport report = verify(run, options_, session.unlock_source(run, secret_));
    if (session.json()) {
      for (const VerifiedSnapshot& snapshot : report.snapshots) {
        session.print(verified_json(snapshot));
      }
      session.print(verify_json(report));
    } else if (exit_code_of(report) != 0) {
      session.print(verify_text(report));
    } else {
      session.report(verify_text(report));
    }
    return exit_code_of(report);
  }

 private:
  VerifyOptions options_;
  SecretOptions secret_;
};

}  // namespace

std::unique_ptr<Verb> add_verify(CLI::App& app) { return std::make_unique<VerifyVerb>(app); }

}  // namespace valise::cli
