#include <algorithm>
#include <cstdlib>

#include "base/error.hpp"
#include "source/live_database.hpp"
#include "source/profiles/profile.hpp"
#include "source/source_file.hpp"

namespace valise {

namespace {

namespace fs = std::filesystem;

// An app's database folder holds a few dozen files; a folder with more is not one.
constexpr std::size_t kEntriesMax = 2000;
// How long to wait for a writer while only looking.
constexpr std::uint32_t kLookWaitMs = 2000;

struct Search {
  std::vector<fs::path> recognised;
  std::vector<fs::path> plain;  ///< SQLite databases of no app that is known.
  std::string first_failure;
};

bool is_companion(const fs::path& path) {
  const std::string name = path.filename().string();
  return name.ends_with("-wal") || name.ends_with("-shm") || name.ends_with("-journal");
}

/// Files that cannot be a database at all are passed over without a word.
void look_into(const fs::path& path, Search& search) {
  try {
    LiveDatabase database = LiveDatabase::open(path, {.busy_wait_ms = kLookWaitMs});
    (database.profile() == "sqlite" ? search.plain : search.recognised).push_back(path);
  } catch (const Error& error) {
    if (error.kind() != ErrorKind::source) throw;
    const bool named_so = path.extension() == ".db" || path.extension() == ".sqlite";
    if (named_so && search.first_failure.empty()) search.first_failure = error.what();
  }
}

/// Adds the folder's files that may be databases. Throws when it cannot be listed.
void add_candidates(const fs::path& folder, std::vector<fs::path>& found) {
  std::error_code error;
  for (fs::directory_iterator entry(folder, error), end; !error && entry != end;
       entry.increment(error)) {
    std::error_code ignored;
    if (!entry->is_regular_file(ignored) || is_companion(entry->path())) continue;
    found.push_back(entry->path());
    if (found.size() > kEntriesMax) {
      throw Error(ErrorKind::source, folder.string() +
                                         " holds too many files to look into; name the database "
                                         "file itself");
    }
  }
  if (error == std::errc::permission_denied || error == std::errc::operation_not_permitted) {
    fail_no_permission(folder);
  }
  if (error) {
    throw Error(ErrorKind::source, "cannot list " + folder.string() + ": " + error.message());
  }
}

std::vector<fs::path> candidates(const fs::path& folder) {
  std::vector<fs::path> found;
  add_candidates(folder, found);
  std::error_code error;
  for (const Profile& profile : app_profiles()) {
    const fs::path below = folder / profile.attachments.database_folder;
    if (!profile.attachments.database_folder.empty() && fs::is_directory(below, error)) {
      add_candidates(below, found);
    }
  }
  // Two names may lead to one file.
  for (fs::path& path : found) path = fs::canonical(path, error);
  std::sort(found.begin(), found.end());
  found.erase(std::unique(found.begin(), found.end()), found.end());
  return found;
}

std::string listed(const std::vector<fs::path>& paths) {
  std::string out;
  for (const fs::path& path : paths) {
    out += (out.empty() ? "" : ", ") + path.filename().string();
  }
  return out;
}

}  // namespace

fs::path resolve_source(const fs::path& source) {
  std::error_code error;
  if (!fs::is_directory(source, error)) {
    static_cast<void>(require_source_file(fs::absolute(source)));
    return fs::canonical(source);
  }
  const fs::path folder = fs::canonical(source);
  Search search;
  for (const fs::path& path : candidates(folder)) look_into(path, search);
  if (search.recognised.size() == 1) return search.recognised.front();
  if (search.recognised.size() > 1) {
    throw Error(ErrorKind::source, folder.string() + " holds several message databases: " +
                                       listed(search.recognised) + "; name one of them");
  }
  if (!search.plain.empty()) {
    throw Error(ErrorKind::source,
                folder.string() +
                    " holds no database of an app that valise knows; to back up one "
                    "that it does not know, name the file itself: " +
                    listed(search.plain));
  }
  if (!search.first_failure.empty()) throw Error(ErrorKind::source, search.first_failure);
  throw Error(ErrorKind::source, folder.string() + " holds no message database");
}

std::vector<UsualSource> usual_sources() {
  std::vector<UsualSource> found;
  const char* home = std::getenv("HOME");
  if (home == nullptr || *home == '\0') return found;
  for (const Profile& profile : app_profiles()) {
    for (const std::string_view below : profile.home_paths) {
      const fs::path path = fs::path(home) / below;
      std::error_code error;
      // macOS hides what a program without Full Disk Access may not see behind this error: the
      // place is worth naming, and the backup then says what to do.
      if (fs::is_regular_file(path, error) || error == std::errc::operation_not_permitted) {
        found.push_back({path, std::string(profile.name)});
      }
    }
  }
  return found;
}

}  // namespace valise
