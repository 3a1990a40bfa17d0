#include <fmt/format.h>

#include <utility>

#include "cli/choose_sources.hpp"
#include "cli/notice_out.hpp"
#include "cli/text_out.hpp"
#include "cli/verb.hpp"
#include "valise/backup.hpp"

namespace valise::cli {

namespace {

// So many are listed unasked.
constexpr std::uint64_t kFailuresShown = 20;

class BackupVerb : public Verb {
 public:
  explicit BackupVerb(CLI::App& app)
      : Verb(*app.add_subcommand("backup", "Back up message databases; needs no passphrase")) {
    command()
        .add_option("SOURCE", sources_,
                    "Database files or apps' folders (default: the sources backed up before)")
        ->type_name("FILE")
        ->option_text("...");
    CLI::Option* full =
        command().add_flag("--full", options_.full, "Start a new chain with a full backup");
    CLI::Option* dry_run =
        command().add_flag("--dry-run", options_.dry_run, "Say what would be done; write nothing");
    CLI::Option* drop_lost = command().add_flag(
        "--drop-lost", options_.drop_lost,
        "Give up attachments that are not on the disk and whose media packs are lost");
    command()
        .add_flag("--forget", forget_,
                  "Make no backup: take SOURCE out of what is backed up every night")
        ->excludes(full)
        ->excludes(dry_run)
        ->excludes(drop_lost)
        ->option_text(" ");
    command().add_flag("-v,--verbose", verbose_,
                       "List every attachment that is missing or unreadable");
    command().footer(
        "Example:\n"
        "  valise backup ~/Library/Messages/chat.db\n"
        "  valise backup --quiet          (every night, from cron)");
  }

  int run(Session& session) override {
    for (const std::string& source : sources_) {
      options_.sources.push_back(absolute_path(source, "SOURCE"));
    }
    if (forget_) return forget(session);
    std::uint64_t failures_shown = 0;
    options_.on_file = [&](const FileNotice& notice) {
      if (session.json()) return session.print(notice_json(notice));
      if (verbose_ || (is_failure(notice) && failures_shown++ < kFailuresShown)) {
        session.report(notice_text(notice));
      }
    };
    const Run run = session.make_run();
    if (options_.sources.empty()) options_.sources = choose_sources(session, run);
    const BackupReport report = backup(
        run, options_,
        [&session](const BackupSummary& summary) {
          session.json() ? session.print(backup_json(summary))
                         : session.report(backup_text(summary));
        },
        [&session](const Error& failure) { session.show_error(failure); });
    if (!report.rolled_back) {
      if (!report.failures.empty()) return report.failures.front().exit_code();
      return exit_of_files(session, report);
    }
    const Error finding(ErrorKind::audit_finding,
                        std::string(options_.dry_run ? "" : "the backup was made, but ") +
                            "the vault's log is older than this device remembers: somebody has put "
                            "back an old state of the storage. Run "
                            "\"valise audit\", and look at who can write there");
    session.show_error(finding);
    return finding.exit_code();
  }

 private:
  // What is kept may be gone for good: no failure, as it may stay so.
  static void warn_of_doubt(Session& session, const BackupSummary& summary) {
    const FileCounts& files = summary.files;
    if (files.rows_unclear == 0 || files.in_doubt == 0) return;
    session.warn(fmt::format(
        "{}: {} not say which file; {} that may be meant {} kept from an earlier snapshot (valise "
        "backup --verbose shows them)",
        printable_path(summary.source),
        format_count_of(files.rows_unclear, "row") + (files.rows_unclear == 1 ? " does" : " do"),
        format_count_of(files.in_doubt, "attachment"), files.in_doubt == 1 ? "is" : "are"));
  }

  // Done, but some files could not be read, or are in packs that nobody can read.
  int exit_of_files(Session& session, const BackupReport& report) const {
    FileCounts all;
    for (const BackupSummary& summary : report.sources) {
      warn_of_doubt(session, summary);
      all.unreadable += summary.files.unreadable;
      if (summary.files.rows_cut_short && !std::exchange(all.rows_cut_short, true)) {
        all.why_cut_short = summary.files.why_cut_short;
      }
      all.pack_lost += summary.files.pack_lost;
      all.packs_lost += summary.files.packs_lost;
      for (const std::string& pack : summary.files.packs_lost_first) {
        all.packs_lost_first.push_back(pack);
      }
    }
    if (all.complete()) return 0;
    const std::uint64_t failures = all.unreadable + all.pack_lost;
    const bool all_shown = session.json() || verbose_ || failures <= kFailuresShown;
    std::string text = "the backup was made, but ";
    const char* between = "";
    if (all.unreadable > 0) {
      text += format_count_of(all.unreadable, "attachment") + " could not be read as " +
              (all.unreadable == 1 ? "it is now" : "they are now");
      between = "; and ";
    }
    if (all.pack_lost > 0) {
      text += between + lost_packs_text(all);
      between = "; and ";
    }
    if (all.rows_cut_short) {
      text += std::string(between) + "a database " + all.why_cut_short +
              ": files that only rows not read name are taken as an earlier backup had them";
    }
    if (!all_shown) text += "; valise backup --verbose lists all of them";
    const Error partial(ErrorKind::partial, text);
    session.show_error(partial);
    return partial.exit_code();
  }

  int forget(Session& session) {
    if (options_.sources.empty()) {
      throw Error(ErrorKind::usage, "--forget wants a SOURCE; see valise backup --help");
    }
    forget_sources(session.make_run(), options_.sources);
    for (const std::filesystem::path& source : options_.sources) {
      Json object{{"type", "forgotten"}};
      set_path(object, "source", source);
      session.json() ? session.print(object)
                     : session.report(printable_path(source) +
                                      ": not backed up any more; its snapshots stay\n");
    }
    return 0;
  }

  std::vector<std::string> sources_;
  BackupOptions options_;
  bool forget_ = false;
  bool verbose_ = false;
};

}  // namespace

std::unique_ptr<Verb> add_backup(CLI::App& app) { return std::make_unique<BackupVerb>(app); }

}  // namespace valise::cli
