#include "cli/json_out.hpp"

#include <fmt/chrono.h>
#include <fmt/format.h>

#include <algorithm>
#include <ctime>
#include <string_view>

#include "cli/notice_out.hpp"
#include "cli/utf8.hpp"

namespace valise::cli {

namespace {

constexpr std::int64_t kFirstSecond = -62'135'596'800;  // 0001-01-01T00:00:00Z
constexpr std::int64_t kLastSecond = 253'402'300'799;   // 9999-12-31T23:59:59Z

std::string base64(std::string_view bytes) {
  static constexpr std::string_view kDigits =
      "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
  std::string out;
  for (std::size_t i = 0; i < bytes.size(); i += 3) {
    const std::string_view group = bytes.substr(i, 3);
    std::uint32_t bits = 0;
    for (std::size_t j = 0; j < 3; ++j) {
      bits = bits << 8 | (j < group.size() ? static_cast<std::uint8_t>(group[j]) : 0U);
    }
    for (std::size_t j = 0; j < 4; ++j) {
      out += j <= group.size() ? kDigits[bits >> (18 - 6 * j) & 0x3FU] : '=';
    }
  }
  return out;
}

Json optional_time(const std::optional<std::int64_t>& time) {
  return time ? Json(rfc3339(*time)) : Json(nullptr);
}

}  // namespace

std::string json_line(const Json& object) {
  return object.dump(-1, ' ', false, Json::error_handler_t::replace) + '\n';
}

std::string rfc3339(std::int64_t unix_seconds) {
  const std::int64_t time = std::clamp(unix_seconds, kFirstSecond, kLastSecond);
  return fmt::format("{:%Y-%m-%dT%H:%M:%SZ}", fmt::gmtime(static_cast<std::time_t>(time)));
}

std::string rfc3339(UnixSeconds time) {
  return rfc3339(static_cast<std::int64_t>(std::min<UnixSeconds>(time, kLastSecond)));
}

void set_path(Json& object, const std::string& key, const std::filesystem::path& path) {
  object[key] = replace_invalid_utf8(path.native());
  if (!valid_utf8(path.native())) object[key + "_b64"] = base64(path.native());
}

const char* kind_name(ErrorKind kind) noexcept {
  switch (kind) {
    case ErrorKind::internal:
      return "internal";
    case ErrorKind::usage:
      return "usage";
    case ErrorKind::partial:
      return "partial";
    case ErrorKind::not_found:
      return "not_found";
    case ErrorKind::locked:
      return "locked";
    case ErrorKind::wrong_key:
      return "wrong_key";
    case ErrorKind::corrupt:
      return "corrupt";
    case ErrorKind::storage:
      return "storage";
    case ErrorKind::source:
      return "source";
    case ErrorKind::limit:
      return "limit";
    case ErrorKind::audit_finding:
      return "audit_finding";
    case ErrorKind::cancelled:
      return "cancelled";
  }
  return "internal";
}

Json origin_json(const Origin& origin) {
  return {{"entry_id", origin.entry_id}, {"time", rfc3339(origin.time)}};
}

Json error_json(const Error& error) {
  return {{"type", "error"},
          {"code", error.exit_code()},
          {"kind", kind_name(error.kind())},
          {"message", error.what()}};
}

Json status_json(const Progress& progress) {
  Json out{{"type", "status"},
           {"step", std::string(progress.step)},
           {"object", std::string(progress.object)},
           {"done", progress.done},
           {"unit", std::string(progress.unit)}};
  out["total"] = progress.total == 0 ? Json(nullptr) : Json(progress.total);
  return out;
}

Json warning_json(const std::string& message) {
  return {{"type", "finding"}, {"code", "warning"}, {"severity", "warning"}, {"message", message}};
}

Json snapshot_json(const SnapshotRow& row) {
  Json out{{"type", "snapshot"},
           {"snapshot", row.snapshot},
           {"time", rfc3339(row.time)},
           {"source", row.source},
           {"kind", row.full ? "full" : "increment"}};
  out["parent"] = row.parent.empty() ? Json(nullptr) : Json(row.parent);
  out["policy"] = row.policy;
  out["k"] = row.k;
  out["readers"] = readers_json(row.readers);
  out["device"] = row.device;
  out["bytes"] = row.bytes;
  out["present"] = row.present;
  if (row.name) out["name"] = *row.name;
  if (row.profile) out["profile"] = *row.profile;
  if (row.messages) out["messages"] = *row.messages;
  if (row.captured_at) out["captured_at"] = rfc3339(*row.captured_at);
  if (row.origin) out["origin"] = origin_json(*row.origin);
  return out;
}

Json backup_json(const BackupSummary& summary) {
  Json out{{"type", "summary"}};
  out["snapshot"] = summary.snapshot.empty() ? Json(nullptr) : Json(summary.snapshot);
  out["time"] = rfc3339(summary.time);
  out["kind"] = summary.full ? "full" : "increment";
  out["why_full"] = summary.why_full.empty() ? Json(nullptr) : Json(summary.why_full);
  out["policy"] = summary.policy;
  out["k"] = summary.k;
  out["readers"] = readers_json(summary.readers);
  set_path(out, "source", summary.source);
  out["source_id"] = summary.source_id;
  out["profile"] = summary.profile;
  out["schema_version"] = summary.schema_version;
  out["absent_tables"] = summary.absent_tables;
  out["messages"] = summary.messages;
  out["first_message"] = optional_time(summary.first_message);
  out["last_message"] = optional_time(summary.last_message);
  out["database_bytes"] = summary.database_bytes;
  out["pages"] = summary.pages;
  out["pages_changed"] = summary.pages_changed;
  out["bytes_added"] = summary.bytes_added;
  set_files(out, summary.files);
  out["seconds"] = summary.seconds;
  out["dry_run"] = summary.dry_run;
  return out;
}

}  // namespace valise::cli
