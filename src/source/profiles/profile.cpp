#include "source/profiles/profile.hpp"

#include <sqlite3.h>

#include <algorithm>
#include <array>

namespace valise {

namespace {

constexpr std::size_t kVersionBytesMax = 40;

/// "0", or "0 (18026)" where the app notes a version of its own.
std::string schema_version(sqlite3* database, std::string_view version_query) {
  Query user(database, "PRAGMA user_version");
  std::string version = user.next() ? std::to_string(user.integer(0)) : "?";
  if (version_query.empty()) return version;
  Query app(database, std::string(version_query));
  if (!app.next() || app.is_null(0)) return version;
  const std::string own = printable_line(app.text(0));
  if (own.empty() || own.size() > kVersionBytesMax) return version;
  return version + " (" + own + ")";
}

bool contains_table(const std::vector<std::string>& tables, std::string_view name) {
  return std::find(tables.begin(), tables.end(), name) != tables.end();
}

/// Only compiled, never run.
bool has_own_columns(sqlite3* database, const Profile& profile) {
  std::string columns;
  for (const std::string_view column : profile.own_columns) {
    columns += (columns.empty() ? "" : ", ") + std::string(column);
  }
  const Query query(database,
                    "SELECT " + columns + " FROM main." + std::string(profile.message_table));
  return query.code() == SQLITE_OK;
}

}  // namespace

std::span<const Profile> app_profiles() {
  static const std::array kProfiles = {imessage_profile(), whatsapp_android_profile(),
                                       whatsapp_ios_profile(), signal_desktop_profile(),
                                       signal_android_profile()};
  return kProfiles;
}

std::vector<std::string> profile_names() {
  std::vector<std::string> names;
  for (const Profile& profile : app_profiles()) names.emplace_back(profile.name);
  names.emplace_back("sqlite");
  return names;
}

const Profile* find_profile(std::string_view name) {
  const auto profiles = app_profiles();
  const auto found = std::find_if(profiles.begin(), profiles.end(),
                                  [&](const Profile& profile) { return profile.name == name; });
  return found == profiles.end() ? nullptr : &*found;
}

std::vector<std::string> ordinary_tables(sqlite3* database) {
  std::vector<std::string> names;
  std::vector<std::string> virtual_names;
  // A virtual table has no root page of its own.
  Query query(database, "SELECT name, rootpage FROM sqlite_master WHERE type = 'table'");
  while (query.next()) {
    std::string name = query.text(0);
    if (name.starts_with("sqlite_")) continue;
    (query.integer(1) > 0 ? names : virtual_names).push_back(std::move(name));
  }
  std::erase_if(names, [&](const std::string& name) {
    return std::any_of(virtual_names.begin(), virtual_names.end(), [&](const std::string& owner) {
      return name.size() > owner.size() && name.starts_with(owner) && name[owner.size()] == '_';
    });
  });
  return names;
}

const Profile* recognise(sqlite3* database, const std::vector<std::string>& tables) {
  for (const std::ptrdiff_t absent_max : {0, 1}) {
    for (const Profile& profile : app_profiles()) {
      const auto absent =
          std::count_if(profile.tables.begin(), profile.tables.end(),
                        [&](std::string_view name) { return !contains_table(tables, name); });
      if (absent > absent_max || !contains_table(tables, profile.message_table)) continue;
      if (absent == 0 || has_own_columns(database, profile)) return &profile;
    }
  }
  return nullptr;
}

std::vector<std::string> absent_tables(const Profile& profile,
                                       const std::vector<std::string>& tables) {
  std::vector<std::string_view> wanted = profile.tables;
  const AttachmentRules& rules = profile.attachments;
  const bool is_wanted =
      rules.came_late || std::find(wanted.begin(), wanted.end(), rules.table) != wanted.end();
  if (!is_wanted) wanted.push_back(rules.table);
  std::vector<std::string> absent;
  for (const std::string_view name : wanted) {
    if (!contains_table(tables, name)) absent.emplace_back(name);
  }
  return absent;
}

ContentSummary summarize_database(sqlite3* database, const std::string& profile, ErrorKind kind,
                                  const std::string& object) {
  const std::vector<std::string> tables = ordinary_tables(database);
  const Profile* app = find_profile(profile);
  if (app == nullptr && profile != "sqlite") app = recognise(database, tables);
  ContentSummary summary;
  if (app == nullptr) {
    summary.profile = "sqlite";
    summary.schema_version = schema_version(database, {});
    summary.messages = count_all_rows(database, tables, kind, object);
    return summary;
  }
  summary.profile = app->name;
  summary.absent_tables = absent_tables(*app, tables);
  summary.schema_version = schema_version(database, app->version_query);
  count_messages(database, *app, summary, kind, object);
  return summary;
}

void require_lasting_failure(const Query& query, ErrorKind kind, const std::string& object) {
  switch (query.code() & 0xff) {
    case SQLITE_BUSY:
    case SQLITE_LOCKED:
    case SQLITE_NOMEM:
    case SQLITE_INTERRUPT:
    case SQLITE_IOERR:
    case SQLITE_CANTOPEN:
    case SQLITE_PROTOCOL:
      throw Error(kind, object + ": cannot read its rows: " + query.reason());
    default:
      return;
  }
}

}  // namespace valise
