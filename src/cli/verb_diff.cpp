#include "cli/files_out.hpp"
#include "cli/verb.hpp"
#include "valise/diff.hpp"

namespace valise::cli {

namespace {

class DiffVerb : public Verb {
 public:
  explicit DiffVerb(CLI::App& app)
      : Verb(*app.add_subcommand("diff", "Show what came and went between two snapshots")) {
    command()
        .add_option("A", options_.before, "latest, an id of 4 or more digits, or a date")
        ->option_text(" ")
        ->required();
    command().add_option("B", options_.after, "The other one")->option_text(" ")->required();
    command()
        .add_option("--source", options_.source,
                    "Only snapshots of this source: the beginning of its id, or a file name")
        ->type_name("SOURCE");
    add_passphrase_options(command(), secret_);
    add_recovery_code_options(command(), secret_);
    add_agent_key_option(command(), secret_);
    command().footer(
        "Messages are compared by their count and dates, files by their content.\n"
        "\n"
        "Example:\n"
        "  valise diff 2026-01-31 latest\n"
        "  valise diff 3f9a 77aa --json");
  }

  int run(Session& session) override {
    const Run run = session.make_run();
    const DiffResult result = diff(
        run, options_, session.unlock_source(run, secret_), [&session](const FileChange& change) {
          session.json() ? session.print(change_json(change)) : session.print(change_line(change));
        });
    session.json() ? session.print(diff_json(result)) : session.print(diff_text(result));
    return 0;
  }

 private:
  DiffOptions options_;
  SecretOptions secret_;
};

}  // namespace

std::unique_ptr<Verb> add_diff(CLI::App& app) { return std::make_unique<DiffVerb>(app); }

}  // namespace valise::cli
