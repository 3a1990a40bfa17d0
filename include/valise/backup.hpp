#pragma once

#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "valise/reader.hpp"
#include "valise/run.hpp"

namespace valise {

/// An attachment that is not backed up as it is now. Paths are relative to the source's folder, as
/// the file system has them: any bytes.
struct FileNotice {
  enum class Kind {
    missing,       ///< A row of the database names it, the disk lacks it.
    missing_kept,  ///< The same; the snapshot has it as an earlier one did.
    pack_lost,     ///< Kept as an earlier one did, but its media pack is missing or damaged.
    given_up,      ///< The same, and drop_lost says that it is not kept any more.
    unreadable,    ///< The system refuses it, or it is not what the app's files can be in. A
                   ///< folder's path ends with a slash.
    changing,      ///< It changed each time it was read; backed up as it was at the last time.
    special,       ///< Neither file, folder nor symlink.
    folder,        ///< A row of the database names it as a file, and it is a folder.
    outside,       ///< A row leads out of the source's folder; some of these are told.
    unclear,       ///< A row does not say which file it names; some of these are told.
  };
  Kind kind = Kind::missing;
  std::string path;
  std::uint64_t size = 0;  ///< 0 where it is not known.
  std::string reason;      ///< One line; may be empty.
};

/// So many of the packs that are lost are named.
inline constexpr std::size_t kPacksLostNamed = 5;

/// What became of a source's attachments.
struct FileCounts {
  std::uint64_t files = 0;      ///< In the snapshot and on the disk.
  std::uint64_t files_new = 0;  ///< Of these, with a content that the last snapshot had not there.
  std::uint64_t bytes_new = 0;  ///< Of these.
  std::uint64_t gone = 0;       ///< In the last snapshot, and not in this one.
  std::uint64_t missing = 0;    ///< Named by a row of the database and not on the disk.
  std::uint64_t missing_kept = 0;
  std::uint64_t missing_bytes = 0;
  /// Not on the disk or not readable, and in the snapshot as an earlier one had them, but their
  /// media packs are missing from the vault or damaged: they come back when the packs do.
  std::uint64_t pack_lost = 0;
  std::uint64_t packs_lost = 0;               ///< These packs.
  std::vector<std::string> packs_lost_first;  ///< kPacksLostNamed at most, with what is wrong.
  std::uint64_t given_up = 0;                 ///< Taken out of the catalog by drop_lost.
  std::uint64_t unreadable = 0;  ///< Files and folders, those that kept changing counted.
  std::uint64_t special = 0;
  std::uint64_t folders = 0;       ///< Named as files by rows of the database.
  std::uint64_t rows_outside = 0;  ///< Not followed.
  /// Of these, those that may be meant for a file of the source: their path is no text, cannot be a
  /// file's, or has a form that is not known.
  std::uint64_t rows_unclear = 0;
  /// Not on the disk, and whether a row names it is not known; in the snapshot as an earlier one
  /// had it.
  std::uint64_t in_doubt = 0;
  /// Named by a row, and not in the snapshot as a regular file of tonight or of an earlier one.
  std::uint64_t lacking = 0;
  /// In the snapshot's list of files, as missing: those that the disk lacks or that could not be
  /// looked at, and no earlier snapshot that is known had.
  std::uint64_t without_content = 0;
  /// The folder where the app keeps its attachments is not there.
  bool root_absent = false;
  std::uint64_t bytes_added = 0;  ///< Media packs that were put into the vault.
  /// The rows that name attachments were not all read. Files that only the other rows name were
  /// looked for where an earlier snapshot has them, and none of those counts as gone.
  bool rows_cut_short = false;
  std::string why_cut_short;  ///< What the database does, to go on from "a database"; one line.
  /// The table whose rows name the files is not there: what they name is not known.
  bool table_absent = false;
  /// All that the source has was taken as it is now; else the command line exits with partial.
  [[nodiscard]] bool complete() const noexcept {
    return unreadable == 0 && !rows_cut_short && pack_lost == 0;
  }
  /// Each file that the database names is in the snapshot, and nothing hides another one.
  [[nodiscard]] bool has_all_named() const noexcept {
    return complete() && lacking == 0 && rows_unclear == 0 && !table_absent && !root_absent;
  }
};

struct BackupOptions {
  std::vector<std::filesystem::path> sources;  ///< Empty: the sources backed up before.
  bool full = false;                           ///< Start a new chain.
  bool dry_run = false;                        ///< Say what would be done; write nothing.
  /// Take attachments out of the catalog that are not on the disk and whose media packs are missing
  /// or damaged. Starts a new chain, which needs no such pack.
  bool drop_lost = false;
  /// Called for each attachment that is missing or unreadable; may be empty.
  std::function<void(const FileNotice&)> on_file = {};
};

/// What a copy was made of. Of a copy of a copy it is the first one.
struct Origin {
  std::string entry_id;  ///< 64 hex digits.
  UnixSeconds time = 0;  ///< Of that entry.
};

/// What one source's run did.
struct BackupSummary {
  std::string snapshot;  ///< 32 hex digits; empty in a dry run.
  bool full = false;
  std::string why_full;  ///< One line; empty for an increment.
  std::string policy;    ///< "e2ee" or "escrow".
  unsigned k = 0;
  std::vector<Reader> readers;
  std::filesystem::path source;
  std::string source_id;  ///< 32 hex digits.
  std::string profile;
  std::string schema_version;
  /// Tables of the app that are not there. Where one of them names the attachments, those that an
  /// earlier snapshot has stay, as with FileCounts::rows_cut_short.
  std::vector<std::string> absent_tables;
  std::uint64_t messages = 0;
  std::optional<std::int64_t> first_message;  ///< Unix seconds.
  std::optional<std::int64_t> last_message;
  std::uint64_t database_bytes = 0;
  std::uint64_t pages = 0;
  std::uint64_t pages_changed = 0;
  FileCounts files;
  std::uint64_t bytes_added = 0;  ///< All that the run added to the vault.
  double seconds = 0;
  UnixSeconds time = 0;
  bool dry_run = false;
  // Of a copy (copy.hpp):
  std::optional<Origin> origin;
  std::string copied_from;      ///< The snapshot that was opened, 32 hex digits.
  UnixSeconds captured_at = 0;  ///< When the original was.
};

struct BackupReport {
  std::vector<BackupSummary> sources;
  /// Error(source) for each source that could not be read; the others were backed up all the same.
  std::vector<Error> failures;
  /// The vault's log is older than this device remembers: someone rolled the storage back. The
  /// backup was made (as a full); the command line exits with audit_finding.
  bool rolled_back = false;
};

/// Backs up each source, one after the other, without any secret that opens the vault. A source
/// that cannot be read is in the report's failures. Throws not_found (no vault; this device is not
/// enrolled), locked, storage, corrupt, limit, cancelled. `on_summary` is called as each source is
/// committed, `on_failure` as one fails; both may be empty.
[[nodiscard]] BackupReport backup(const Run& run, const BackupOptions& options,
                                  const std::function<void(const BackupSummary&)>& on_summary = {},
                                  const std::function<void(const Error&)>& on_failure = {});

/// Takes these out of the list of sources that are backed up when none is named; their snapshots
/// stay. Throws usage when one is not in the list, not_found, locked, storage.
void forget_sources(const Run& run, const std::vector<std::filesystem::path>& sources);

}  // namespace valise
