#pragma once

#include <functional>
#include <optional>

#include "ops/unreadable_paths.hpp"
#include "source/file_walk.hpp"
#include "source/media_place.hpp"
#include "state/state.hpp"

namespace valise {

/// What tonight's catalog says of a path.
enum class Fate : std::uint8_t {
  same,        ///< The row of last night stands.
  kept,        ///< The same, though the file is gone: a row of the database still names it.
  fresh,       ///< Its content is to be read.
  link,        ///< A symlink, new or changed.
  linked,      ///< A symlink where a row may name a file; last night's row, a file's, stands.
  missing,     ///< Named by a row and not on the disk.
  unreadable,  ///< Cannot be looked at; the row of last night stands, or it counts as missing.
  unknown,     ///< Not on the disk, and nobody knows whether a row names it; last night's stands.
  gone,        ///< Last night's row has no successor.
};

struct MergedFile {
  Fate fate = Fate::same;
  StoredFile old;    ///< Of last night; with an empty path where there was none.
  WalkedFile found;  ///< For fresh and link.
  std::string path;
  std::uint64_t named_size = 0;  ///< What the database says of its size, or 0.
  bool is_named = false;         ///< A row of the database names it.
  bool had = false;              ///< Last night's row has its content; the packs may be gone.
};

/// Receives the merge, ascending by path.
class MergeSink {
 public:
  virtual ~MergeSink() = default;
  /// A stretch of last night's catalog begins; what is not below it belongs to the one before.
  virtual void stretch_begins(std::int64_t chunk) = 0;
  virtual void file(MergedFile file) = 0;
  virtual void end() = 0;
};

/// Merges what stands on the disk, what the database's rows name, and last night's catalog, in one
/// pass. Looks at each file on the disk once, and at each named one that the walk did not give.
/// Where it is not known what all rows name (rows.cut_short, rows.unclear), what they named before
/// may be named still: it is looked at, and is not gone. `last`: the chunks of last night's
/// catalog. `is_usable`: whether the packs of a row's pieces are still there; a file on the disk of
/// which they are not is read again, and a row without a file stands. Folders that the walk could
/// not look at are told to it by unreadable(). Not thread-safe.
class CatalogMerge {
 public:
  CatalogMerge(const State& state, std::vector<std::int64_t> last, FileWalk& walk,
               const AttachmentRows& rows, std::function<bool(const CatalogFile&)> is_usable);
  void run(MergeSink& sink);
  /// Called by the walk's on_problem, from within run(): what cannot be looked at has not gone, nor
  /// what is below it.
  void unreadable(std::string_view path) { unreadable_.add(path); }

 private:
  [[nodiscard]] MergedFile judge(std::string path, std::optional<StoredFile> old,
                                 std::optional<WalkedFile> found,
                                 std::optional<std::uint64_t> named) const;
  [[nodiscard]] bool may_be_meant(std::string_view path) const;
  [[nodiscard]] bool may_look_at(std::string_view path) const;
  [[nodiscard]] Fate fate_of_found(const MergedFile& file) const;
  [[nodiscard]] bool load_chunk();

  const State& state_;
  FileWalk& walk_;
  const AttachmentRows& rows_;
  const NamedFiles& named_;
  std::function<bool(const CatalogFile&)> is_usable_;
  std::vector<std::int64_t> chunks_;
  std::size_t next_chunk_ = 0;
  std::vector<StoredFile> old_;
  std::size_t next_old_ = 0;
  UnreadablePaths unreadable_;
};

}  // namespace valise
