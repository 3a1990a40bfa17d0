#include "cli/text_out.hpp"
#include "cli/verb.hpp"
#include "valise/list.hpp"

namespace valise::cli {

namespace {

class ListVerb : public Verb {
 public:
  explicit ListVerb(CLI::App& app)
      : Verb(*app.add_subcommand("list", "Show the snapshots of the vault")) {
    command()
        .add_option("--source", options_.source,
                    "Only this source: the beginning of its id, or a file name")
        ->type_name("SOURCE");
    command().add_flag(
        "--unlock", unlock_,
        "Ask for the passphrase, to show names and counts of other devices' backups too");
    add_passphrase_options(command(), secret_);
    add_recovery_code_options(command(), secret_);
    add_agent_key_option(command(), secret_);
    command().footer(
        "Example:\n"
        "  valise list\n"
        "  valise list --json --source chat.db");
  }

  int run(Session& session) override {
    const Run run = session.make_run();
    UnlockSource unlock;
    if (unlock_ || secret_.any()) unlock = session.unlock_source(run, secret_);
    const std::vector<SnapshotRow> rows = list_snapshots(run, options_, unlock);
    if (!session.json()) {
      session.print(list_text(rows));
      return 0;
    }
    for (const SnapshotRow& row : rows) session.print(snapshot_json(row));
    return 0;
  }

 private:
  ListOptions options_;
  bool unlock_ = false;
  SecretOptions secret_;
};

}  // namespace

std::unique_ptr<Verb> add_list(CLI::App& app) { return std::make_unique<ListVerb>(app); }

}  // namespace valise::cli
