#include "cli/files_out.hpp"
#include "cli/text_out.hpp"
#include "cli/verb.hpp"
#include "valise/list.hpp"

namespace valise::cli {

namespace {

class ListVerb : public Verb {
 public:
  explicit ListVerb(CLI::App& app)
      : Verb(*app.add_subcommand("list", "Show the snapshots of the vault")) {
    files_.snapshot.clear();
    command()
        .add_option("--source", options_.source,
                    "Only this source: the beginning of its id, or a file name")
        ->type_name("SOURCE");
    CLI::Option* files = command()
                             .add_option("--files", files_.snapshot,
                                         "Show the files of this snapshot: latest, an id or a date")
                             ->type_name("SNAPSHOT");
    command()
        .add_flag("--unlock", unlock_,
                  "Ask for the passphrase, to show names and counts of other devices' backups too")
        ->excludes(files)
        ->option_text(" ");
    add_passphrase_options(command(), secret_);
    add_recovery_code_options(command(), secret_);
    add_agent_key_option(command(), secret_);
    command().footer(
        "Example:\n"
        "  valise list\n"
        "  valise list --json --source chat.db\n"
        "  valise list --files latest");
  }

  int run(Session& session) override {
    const Run run = session.make_run();
    if (!files_.snapshot.empty()) return list_files_of(session, run);
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
  int list_files_of(Session& session, const Run& run) {
    files_.source = options_.source;
    const ListedFiles listed = list_files(
        run, files_, session.unlock_source(run, secret_), [&session](const SnapshotFile& file) {
          session.json() ? session.print(file_json(file)) : session.print(file_line(file));
        });
    session.json() ? session.print(listed_files_json(listed))
                   : session.print(listed_files_text(listed));
    return 0;
  }

  ListFilesOptions files_;
  ListOptions options_;
  bool unlock_ = false;
  SecretOptions secret_;
};

}  // namespace

std::unique_ptr<Verb> add_list(CLI::App& app) { return std::make_unique<ListVerb>(app); }

}  // namespace valise::cli
