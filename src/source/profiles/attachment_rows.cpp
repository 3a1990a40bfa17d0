#include <sqlite3.h>

#include <algorithm>
#include <filesystem>
#include <limits>

#include "format/catalog.hpp"
#include "source/profiles/attachment_path.hpp"
#include "source/profiles/profile.hpp"

namespace valise {

namespace {

// No path is nearly as long. A value above is never fetched; below, it is in memory for a moment.
constexpr int kValueBytesMax = 1 << 20;
// Each row with a value above costs a query of its own to get past it.
constexpr std::uint64_t kUnreadRowsMax = 10'000;
// What the names of unclear rows may take in memory, and what each takes beside its own bytes.
constexpr std::size_t kMeantBytesMax = 8U << 20;
constexpr std::size_t kMeantNodeBytes = 80;

constexpr const char* kTooMany =
    "names more attachments than can be listed, or in rows too long to be read";

static_assert(kNamedPathBytesMax == kCatalogPathBytesMax);

/// Keeps SQLite from loading longer values while it lives.
class ValueLimit {
 public:
  explicit ValueLimit(sqlite3* database)
      : database_(database),
        before_(sqlite3_limit(database, SQLITE_LIMIT_LENGTH, kValueBytesMax)) {}
  ValueLimit(const ValueLimit&) = delete;
  ValueLimit& operator=(const ValueLimit&) = delete;
  ~ValueLimit() { sqlite3_limit(database_, SQLITE_LIMIT_LENGTH, before_); }

 private:
  sqlite3* database_;
  int before_;
};

/// What a query of the rows looks like: schemas differ, and what is left out is done without.
struct RowShape {
  bool numbered = true;  ///< A table without row numbers cannot be read on behind a value too long.
  bool sized = true;
};

class RowReader {
 public:
  RowReader(sqlite3* database, const AttachmentRules& rules, const std::string& object,
            std::size_t bytes_max)
      : database_(database),
        rules_(rules),
        object_(object),
        name_(std::filesystem::path(object).filename().string()) {
    found_.files = NamedFiles(bytes_max);
  }

  AttachmentRows read();

 private:
  [[nodiscard]] std::string query_after(std::int64_t last, RowShape shape) const;
  [[nodiscard]] RowShape find_shape() const;
  void take(const Query& query);
  [[nodiscard]] bool is_of_database(std::string_view path) const;
  void note_outside(const std::string& sample, std::string reason, bool is_unclear);
  void note_meant(std::string_view stored);
  void note_no_path(std::int64_t row, std::string reason);
  void cut_short(std::string why);
  bool step_over(std::int64_t& last);

  sqlite3* database_;
  const AttachmentRules& rules_;
  const std::string& object_;
  std::string name_;  // Of the database's file.
  AttachmentRows found_;
  std::uint64_t unread_ = 0;
  std::size_t meant_bytes_ = 0;  // Of found_.unclear_names.
};

std::string RowReader::query_after(std::int64_t last, RowShape shape) const {
  std::string sql = std::string("SELECT ") + (shape.numbered ? "_rowid_" : "0") + ", ";
  sql += rules_.path_column;
  sql += shape.sized ? ", " + std::string(rules_.size_column) : std::string(", 0");
  sql += " FROM main." + std::string(rules_.table);
  return shape.numbered ? sql + " WHERE _rowid_ > " + std::to_string(last) : sql;
}

/// The fullest that the schema has.
RowShape RowReader::find_shape() const {
  for (const RowShape shape :
       {RowShape{true, true}, RowShape{true, false}, RowShape{false, true}}) {
    if (Query(database_, query_after(0, shape)).code() == SQLITE_OK) return shape;
  }
  return {false, false};
}

void RowReader::note_outside(const std::string& sample, std::string reason, bool is_unclear) {
  ++found_.outside;
  if (is_unclear) ++found_.unclear;
  // Of each kind, so that many of one do not hide the other.
  const std::uint64_t of_kind = is_unclear ? found_.unclear : found_.outside - found_.unclear;
  if (of_kind <= kOutsideSamplesMax) {
    found_.outside_samples.push_back({printable_line(sample), std::move(reason), is_unclear});
  }
}

void RowReader::note_meant(std::string_view stored) {
  std::vector<std::string> names = names_meant(stored);
  found_.unclear_any = found_.unclear_any || names.empty();
  for (std::string& name : names) {
    meant_bytes_ += name.size() + kMeantNodeBytes;
    if (meant_bytes_ > kMeantBytesMax) found_.unclear_any = true;
    if (found_.unclear_any) return found_.unclear_names.clear();
    found_.unclear_names.insert(std::move(name));
  }
}

void RowReader::note_no_path(std::int64_t row, std::string reason) {
  ++found_.rows;
  found_.unclear_any = true;
  // Where rows have no numbers, all have this one.
  const std::string which = row == 0 ? "a row" : "row " + std::to_string(row);
  note_outside(which + " of " + std::string(rules_.table), std::move(reason), true);
}

void RowReader::cut_short(std::string why) {
  found_.cut_short = true;
  found_.why_cut_short = std::move(why);
}

// The database and what SQLite keeps beside it: a backup of their own, and no attachment, whatever
// a row says.
bool RowReader::is_of_database(std::string_view path) const {
  const std::string_view folder = rules_.database_folder;
  if (!folder.empty() && path.starts_with(folder) && path.substr(folder.size()).starts_with('/')) {
    path.remove_prefix(folder.size() + 1);
  }
  if (!path.starts_with(name_)) return false;
  const std::string_view rest = path.substr(name_.size());
  return rest.empty() || rest == "-wal" || rest == "-shm" || rest == "-journal";
}

void RowReader::take(const Query& query) {
  if (query.is_null(1)) return;
  if (!query.is_text(1)) return note_no_path(query.integer(0), "its path is no text");
  const std::string stored = query.text(1);
  if (stored.empty()) return;
  ++found_.rows;
  std::string path;
  if (std::optional<Unfollowed> refused = read_path(rules_, stored, path)) {
    if (refused->is_unclear) note_meant(stored);
    return note_outside(stored, std::move(refused->reason), refused->is_unclear);
  }
  if (is_of_database(path)) return;
  const std::int64_t size = query.integer(2);
  if (!found_.files.add(path, size > 0 ? static_cast<std::uint64_t>(size) : 0)) {
    cut_short(kTooMany);
  }
}

/// Past the row whose value is too long: the first one behind `last`. False when there is none.
bool RowReader::step_over(std::int64_t& last) {
  Query query(database_, "SELECT min(_rowid_) FROM main." + std::string(rules_.table) +
                             " WHERE _rowid_ > " + std::to_string(last));
  if (!query.next() || query.is_null(0) || query.integer(0) <= last) return false;
  last = query.integer(0);
  note_no_path(last, "its path has more than " + std::to_string(kValueBytesMax) + " bytes");
  return true;
}

AttachmentRows RowReader::read() {
  const ValueLimit limit(database_);
  const RowShape shape = find_shape();
  std::int64_t last = std::numeric_limits<std::int64_t>::min();
  for (;;) {
    Query query(database_, query_after(last, shape));
    while (!found_.cut_short && query.next()) {
      last = query.integer(0);
      take(query);
    }
    if (query.code() == SQLITE_OK) break;
    if ((query.code() & 0xff) != SQLITE_TOOBIG) {
      require_lasting_failure(query, ErrorKind::source, object_);
      cut_short("does not give all of its rows that name attachments (" + query.reason() + ")");
      break;
    }
    if (!shape.numbered || ++unread_ > kUnreadRowsMax || !step_over(last)) {
      cut_short(kTooMany);
      break;
    }
  }
  found_.files.finish();
  return std::move(found_);
}

}  // namespace

AttachmentRows read_attachment_rows(sqlite3* database, const std::string& object,
                                    std::size_t bytes_max) {
  const std::vector<std::string> tables = ordinary_tables(database);
  const Profile* app = recognise(database, tables);
  if (app == nullptr) return {};
  const AttachmentRules& rules = app->attachments;
  // Anything else of that name (a view, a virtual table) might run something.
  if (std::find(tables.begin(), tables.end(), rules.table) == tables.end()) {
    AttachmentRows none;
    none.table_absent = !rules.came_late;
    none.cut_short = none.table_absent;
    if (none.cut_short) none.why_cut_short = "lacks the table " + std::string(rules.table);
    return none;
  }
  return RowReader(database, rules, object, bytes_max).read();
}

MediaPlace media_place(const std::string& profile, const std::filesystem::path& database) {
  MediaPlace place{database.parent_path(), {}, {}};
  const Profile* app = find_profile(profile);
  if (app == nullptr) return place;
  const AttachmentRules& rules = app->attachments;
  if (!rules.database_folder.empty() && place.base.filename() == rules.database_folder) {
    place.base = place.base.parent_path();
  }
  place.roots.assign(rules.roots.begin(), rules.roots.end());
  place.extra_files.assign(rules.extra_files.begin(), rules.extra_files.end());
  return place;
}

}  // namespace valise
