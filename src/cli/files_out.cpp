#include "cli/files_out.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "cli/text_out.hpp"
#include "cli/utf8.hpp"

namespace valise::cli {

namespace {

constexpr std::int64_t kNanoseconds = 1'000'000'000;

std::int64_t seconds_of(std::int64_t mtime_ns) {
  const std::int64_t seconds = mtime_ns / kNanoseconds;
  return mtime_ns % kNanoseconds < 0 ? seconds - 1 : seconds;
}

/// "2026-01-31 08:00:12" out of RFC 3339, which knows times before 1970.
std::string file_time(std::int64_t mtime_ns) {
  std::string time = rfc3339(seconds_of(mtime_ns));
  time.pop_back();
  time[time.find('T')] = ' ';
  return time;
}

std::string mode_text(std::uint32_t mode) {
  constexpr std::string_view kLetters = "rwxrwxrwx";
  std::string text;
  for (std::size_t i = 0; i < kLetters.size(); ++i) {
    text += (mode >> (8 - i) & 1U) != 0 ? kLetters[i] : '-';
  }
  return text;
}

const char* state_name(SnapshotFileState state) noexcept {
  switch (state) {
    case SnapshotFileState::missing:
      return "missing";
    case SnapshotFileState::link:
      return "link";
    case SnapshotFileState::present:
      break;
  }
  return "present";
}

const char* change_name(FileChange::Kind kind) noexcept {
  switch (kind) {
    case FileChange::Kind::came:
      return "came";
    case FileChange::Kind::changed:
      return "changed";
    case FileChange::Kind::went:
      break;
  }
  return "went";
}

std::string size_text(const SnapshotFile& file) {
  switch (file.state) {
    case SnapshotFileState::missing:
      return "missing";
    case SnapshotFileState::link:
      return "link";
    case SnapshotFileState::present:
      break;
  }
  return format_bytes(file.size);
}

std::string range_text(const DiffSide& side) {
  std::string text = format_count_of(side.messages, "message");
  if (side.first_message && side.last_message) {
    text += fmt::format(", {} to {}", rfc3339(*side.first_message).substr(0, 10),
                        rfc3339(*side.last_message).substr(0, 10));
  }
  return fmt::format("{}  {}  {}: {}\n", short_id(side.snapshot), format_time(side.time),
                     printable(side.name), text);
}

std::string changes_text(const FileChanges& changes, const char* what) {
  return fmt::format("{} {} ({})", format_count_of(changes.files, "file"), what,
                     format_bytes(changes.bytes));
}

Json side_json(const DiffSide& side) {
  Json out{{"snapshot", side.snapshot},
           {"time", rfc3339(side.time)},
           {"source", side.source},
           {"name", side.name},
           {"messages", side.messages}};
  out["first_message"] = side.first_message ? Json(rfc3339(*side.first_message)) : Json(nullptr);
  out["last_message"] = side.last_message ? Json(rfc3339(*side.last_message)) : Json(nullptr);
  return out;
}

Json changes_json(const FileChanges& changes) {
  return {{"files", changes.files}, {"bytes", changes.bytes}};
}

}  // namespace

std::string file_line(const SnapshotFile& file) {
  const std::string path = printable(file.path);
  if (file.state == SnapshotFileState::missing) {
    return fmt::format("missing    {:>10}  {:19}  {}\n", format_bytes(file.size), "", path);
  }
  const bool link = file.state == SnapshotFileState::link;
  return fmt::format("{}{} {:>10}  {}  {}{}\n", link ? 'l' : '-', mode_text(file.mode),
                     link ? "" : format_bytes(file.size), file_time(file.mtime_ns), path,
                     link ? " -> " + printable(file.link) : "");
}

std::string listed_files_text(const ListedFiles& listed) {
  std::string text = fmt::format("{}: {}, {}", short_id(listed.snapshot),
                                 format_count_of(listed.files, "file"), format_bytes(listed.bytes));
  if (listed.links > 0) text += ", " + format_count_of(listed.links, "symlink");
  if (listed.missing > 0) {
    text += fmt::format(", {} missing ({})", format_count(listed.missing),
                        format_bytes(listed.missing_bytes));
  }
  return text + ".\n";
}

std::string change_line(const FileChange& change) {
  const std::string path = printable(change.path);
  switch (change.kind) {
    case FileChange::Kind::came:
      return fmt::format("+ {} ({})\n", path, size_text(*change.after));
    case FileChange::Kind::changed:
      return fmt::format("~ {} ({} -> {})\n", path, size_text(*change.before),
                         size_text(*change.after));
    case FileChange::Kind::went:
      break;
  }
  return fmt::format("- {} ({})\n", path, size_text(*change.before));
}

std::string diff_text(const DiffResult& result) {
  return range_text(result.before) + range_text(result.after) +
         (result.same_database ? "The databases are the same, page for page.\n"
                               : "The databases differ.\n") +
         fmt::format("{}, {}, {}.\n", changes_text(result.came, "came"),
                     changes_text(result.changed, "changed"), changes_text(result.went, "went"));
}

std::string file_faults_text(const FileFaults& files, const std::string& label) {
  std::string text;
  for (const FileFault& file : files.first) {
    text += fmt::format("{}  {}: {}\n", label, printable(file.path), printable(file.problem));
  }
  if (files.count > files.first.size()) {
    text += fmt::format("{}  and {} more\n", label, format_count(files.count - files.first.size()));
  }
  return text;
}

Json file_json(const SnapshotFile& file) {
  Json out{{"type", "file"}};
  set_path(out, "path", file.path);
  out["state"] = state_name(file.state);
  out["size"] = file.size;
  if (file.state == SnapshotFileState::missing) return out;
  out["mtime"] = rfc3339(seconds_of(file.mtime_ns));
  out["mode"] = fmt::format("{:04o}", file.mode);
  if (file.state == SnapshotFileState::link) {
    set_path(out, "link", file.link);
  } else {
    out["content_hash"] = file.content_hash;
  }
  return out;
}

Json listed_files_json(const ListedFiles& listed) {
  return {{"type", "summary"},
          {"snapshot", listed.snapshot},
          {"files", listed.files},
          {"files_bytes", listed.bytes},
          {"links", listed.links},
          {"files_missing", listed.missing},
          {"files_missing_bytes", listed.missing_bytes}};
}

Json change_json(const FileChange& change) {
  Json out{{"type", "file"}, {"change", change_name(change.kind)}};
  set_path(out, "path", change.path);
  const auto side = [](const std::optional<SnapshotFile>& file) {
    if (!file) return Json(nullptr);
    Json one = file_json(*file);
    for (const char* key : {"type", "path", "path_b64"}) one.erase(key);
    return one;
  };
  out["before"] = side(change.before);
  out["after"] = side(change.after);
  return out;
}

Json diff_json(const DiffResult& result) {
  return {{"type", "summary"},
          {"before", side_json(result.before)},
          {"after", side_json(result.after)},
          {"same_source", result.same_source},
          {"same_database", result.same_database},
          {"came", changes_json(result.came)},
          {"changed", changes_json(result.changed)},
          {"went", changes_json(result.went)}};
}

Json file_faults_json(const FileFaults& files) {
  Json out = Json::array();
  for (const FileFault& file : files.first) {
    Json one;
    set_path(one, "path", file.path);
    one["problem"] = file.problem;
    out.push_back(std::move(one));
  }
  return out;
}

void print_restored(Session& session, const RestoreResult& result) {
  if (session.json()) {
    session.print(restore_json(result));
  } else if (exit_code_of(result) != 0) {
    session.print(restore_text(result));
  } else {
    session.report(restore_text(result));
  }
}

int exit_code_of(const VerifyReport& report) noexcept {
  if (report.failed > 0) return static_cast<int>(ErrorKind::corrupt);
  const bool refused = std::ranges::any_of(
      report.snapshots, [](const VerifiedSnapshot& one) { return one.files_refused.count > 0; });
  return refused ? static_cast<int>(ErrorKind::storage) : 0;
}

int exit_code_of(const RestoreResult& result) noexcept {
  if (result.files_damaged.count > 0) return static_cast<int>(ErrorKind::corrupt);
  if (result.files_refused.count > 0) return static_cast<int>(ErrorKind::storage);
  return 0;
}

}  // namespace valise::cli
