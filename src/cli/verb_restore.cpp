#include <map>

#include "cli/files_out.hpp"
#include "cli/output_path.hpp"
#include "cli/text_out.hpp"
#include "cli/verb.hpp"
#include "valise/restore.hpp"

namespace valise::cli {

namespace {

class RestoreVerb : public Verb {
 public:
  explicit RestoreVerb(CLI::App& app)
      : Verb(
            *app.add_subcommand("restore", "Bring a database and its files back, and prove them")) {
    command()
        .add_option("SNAPSHOT", options_.snapshot,
                    "latest, an id of 4 or more digits, or a date YYYY-MM-DD: the newest on or "
                    "before it (default: latest)")
        ->option_text(" ");
    command().add_option("--to", to_, "The folder to restore into")->type_name("DIR")->required();
    command()
        .add_option("--source", options_.source,
                    "Only snapshots of this source: the beginning of its id, or a file name")
        ->type_name("SOURCE");
    CLI::Option* files =
        command()
            .add_option("--files", options_.files,
                        "Only files whose path this means ('*' goes over '/'; a folder means all "
                        "below it), and no database; may "
                        "be repeated")
            ->type_name("GLOB")
            ->allow_extra_args(false);
    command()
        .add_flag("--db-only", options_.db_only, "The database without its files")
        ->excludes(files)
        ->option_text(" ");
    command().add_flag("--overwrite", options_.overwrite, "Replace what stands there");
    command()
        .add_option("--check", check_, "SQLite's own check of the result (default: quick)")
        ->type_name("none|quick|full")
        ->check(CLI::IsMember({"none", "quick", "full"}).description(""));
    add_passphrase_options(command(), secret_);
    add_recovery_code_options(command(), secret_);
    add_agent_key_option(command(), secret_);
    command().footer(
        "Needs the vault's folder and a key alone: neither the device that made the backup nor\n"
        "anything it kept.\n"
        "\n"
        "Example:\n"
        "  valise restore --vault /mnt/usb/vault --to ~/restored\n"
        "  valise restore 2026-01-31 --to ~/restored --recovery-code\n"
        "  valise restore --to ~/pictures --files '*.jpg' --files '*.heic'");
  }

  int run(Session& session) override {
    static const std::map<std::string, CheckLevel> kLevels{
        {"none", CheckLevel::none}, {"quick", CheckLevel::quick}, {"full", CheckLevel::full}};
    options_.to = output_path(to_, "--to");
    options_.check = kLevels.at(check_);
    const Run run = session.make_run();
    const RestoreResult result = restore(run, options_, session.unlock_source(run, secret_));
    print_restored(session, result);
    if (!result.check_problems.empty()) {
      session.warn("SQLite finds fault with the restored database, which is as it was backed up");
    }
    return exit_code_of(result);
  }

 private:
  RestoreOptions options_;
  std::string to_;
  std::string check_ = "quick";
  SecretOptions secret_;
};

}  // namespace

std::unique_ptr<Verb> add_restore(CLI::App& app) { return std::make_unique<RestoreVerb>(app); }

}  // namespace valise::cli
