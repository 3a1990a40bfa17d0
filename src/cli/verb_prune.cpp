#include "cli/audit_inputs.hpp"
#include "cli/copy_out.hpp"
#include "cli/prune_out.hpp"
#include "cli/verb.hpp"
#include "valise/prune.hpp"

namespace valise::cli {

namespace {

class PruneVerb : public Verb {
 public:
  explicit PruneVerb(CLI::App& app)
      : Verb(*app.add_subcommand("prune", "Give up old snapshots; needs no passphrase")) {
    add_count("--keep-last", options_.keep.last, "Keep the N newest snapshots");
    add_count("--keep-daily", options_.keep.daily, "Keep the newest of each of N days");
    add_count("--keep-weekly", options_.keep.weekly, "Keep the newest of each of N weeks");
    add_count("--keep-monthly", options_.keep.monthly, "Keep the newest of each of N months");
    command()
        .add_option("--keep-within", within_,
                    "Keep what is no older than this before the newest: 36h, 90d, 4w")
        ->type_name("AGE");
    command()
        .add_option("--source", options_.source,
                    "Only this source: the beginning of its id, or a file name")
        ->type_name("SOURCE");
    command().add_flag(
        "--compact", options_.compact,
        "Copy what a chain must keep into a new one, so that the old one can go: asks for the "
        "passphrase");
    command().add_flag(
        "--drop-missing", options_.drop_missing,
        "Let snapshots go by the rules though only they may have attachments that later ones lack");
    command().add_flag("--dry-run", options_.dry_run, "Say what would be done; write nothing");
    add_passphrase_options(command(), secret_);
    add_recovery_code_options(command(), secret_);
    command().footer(
        "The rules are those of each source, and add up; the newest snapshot always stays, and\n"
        "so does what a kept one builds on.\n"
        "\n"
        "Example:\n"
        "  valise prune --keep-daily 14 --keep-monthly 12 --dry-run\n"
        "  valise prune --keep-within 90d --keep-monthly 24");
  }

  int run(Session& session) override {
    const Run run = session.make_run();
    if (within_) options_.keep.within_seconds = parse_age(*within_, "--keep-within");
    if (!options_.compact && secret_.any()) {
      throw Error(ErrorKind::usage,
                  "a key is of use with --compact only: add it, or leave the key out");
    }
    UnlockSource unlock;
    if (options_.compact && !options_.dry_run) unlock = session.unlock_source(run, secret_);
    const PruneReport report =
        prune(run, options_, unlock, [&](const PruneReport& plan) { show_plan(session, plan); });
    session.json() ? session.print(prune_json(report, options_.dry_run))
                   : tell(session, prune_text(report, options_.dry_run));
    return exit_code(report);
  }

 private:
  void add_count(const char* name, std::uint32_t& count, const char* about) {
    command()
        .add_option(name, count, about)
        ->type_name("N")
        ->check(CLI::Range(1U, 1'000'000U).description(""));
  }

  // A dry run was asked to say it.
  void tell(Session& session, const std::string& text) const {
    options_.dry_run ? session.print(text) : session.report(text);
  }

  void show_plan(Session& session, const PruneReport& plan) const {
    for (const CopyFailure& failure : plan.failures) {
      session.note("backup " + failure.snapshot +
                   " was not copied, and its chain stays: " + failure.error.what());
      if (session.json()) session.print(copy_failure_json(failure));
    }
    if (!session.json()) return tell(session, prune_plan_text(plan, options_.dry_run));
    for (const PruneRow& row : plan.rows) session.print(prune_row_json(row));
  }

  static int exit_code(const PruneReport& report) {
    return report.failures.empty() ? 0 : report.failures.front().error.exit_code();
  }

  PruneOptions options_;
  std::optional<std::string> within_;
  SecretOptions secret_;
};

}  // namespace

std::unique_ptr<Verb> add_prune(CLI::App& app) { return std::make_unique<PruneVerb>(app); }

}  // namespace valise::cli
