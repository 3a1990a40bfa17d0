#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

#include "source/named_files.hpp"

namespace valise {

/// Of the rows that lead out of the base folder, so many are kept as examples.
inline constexpr std::size_t kOutsideSamplesMax = 20;

/// What a database's rows say about attachments.
struct AttachmentRows {
  NamedFiles files;        ///< Relative to the base folder, fit for a catalog; finished.
  std::uint64_t rows = 0;  ///< That name a file: all but the empty ones.
  /// Of these, those whose path leads out of the base folder or is none (no text, too long, a NUL):
  /// never followed.
  std::uint64_t outside = 0;
  std::vector<std::string> outside_samples;  ///< One printable line each.
  /// The rows were not read to their end: `files` is full, or too many rows are too long to be
  /// read. Only a database made for it is so. What `files` lacks may be named all the same.
  bool cut_short = false;
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
