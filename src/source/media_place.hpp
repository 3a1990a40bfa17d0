#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <set>
#include <string>
#include <vector>

#include "source/named_files.hpp"

namespace valise {

/// Of the rows that are not followed, so many of each kind (those that lead elsewhere, and those
/// that are unclear) are kept as examples.
inline constexpr std::size_t kOutsideSamplesMax = 20;

/// A row that is not followed.
struct OutsideRow {
  std::string path;    ///< As the row has it, or which row it is; one printable line.
  std::string reason;  ///< One line, for people.
  bool is_unclear = false;
};

/// What a database's rows say about attachments.
struct AttachmentRows {
  NamedFiles files;        ///< Relative to the base folder, fit for a catalog; finished.
  std::uint64_t rows = 0;  ///< That name a file: all but the empty ones.
  /// Of these, those that are not followed: they lead out of the base folder, or name no path.
  std::uint64_t outside = 0;
  /// Of these, those that may be meant for a file below the base folder all the same: their path is
  /// no text, cannot be a file's, or has a form that is not known. What an earlier row named in
  /// clear words may be what such a one names now.
  std::uint64_t unclear = 0;
  /// The last parts of their paths: what such a row means has such a name.
  std::set<std::string, std::less<>> unclear_names;
  bool unclear_any = false;  ///< Some have no such part, or there are too many to keep.
  std::vector<OutsideRow> outside_samples;
  /// The rows were not read to their end: `files` is full, too many rows are too long to be read,
  /// or the database refuses them. What `files` lacks may be named all the same.
  bool cut_short = false;
  std::string why_cut_short;  ///< What the database does, to go on from "a database"; one line.
  /// The table that would name files is not there, though the app has one: so it is cut short, too.
  bool table_absent = false;
};

/// Where a source's attachments stand.
struct MediaPlace {
  std::filesystem::path base;  ///< The folder where the catalog's paths begin.
  /// Folders below it of which every regular file is taken, whether a row names it or not.
  std::vector<std::string> roots;
  /// Files below it that are taken where they exist: without them the backup is of no use.
  std::vector<std::string> extra_files;
};

/// The place of the database at `database` (an absolute path) of the app `profile`; neither needs
/// to exist. A name that is no app's has the database's folder and nothing in it.
[[nodiscard]] MediaPlace media_place(const std::string& profile,
                                     const std::filesystem::path& database);

}  // namespace valise
