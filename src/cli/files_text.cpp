#include <fmt/format.h>

#include "cli/files_out.hpp"
#include "cli/text_out.hpp"
#include "cli/utf8.hpp"

namespace valise::cli {

namespace {

/// "2026-01-31 08:00:12" out of RFC 3339, which knows times before 1970.
std::string file_time(std::int64_t mtime_ns) {
  std::string time = rfc3339(mtime_seconds(mtime_ns));
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

std::string size_text(const SnapshotFile& file) {
  return file.state == SnapshotFileState::present ? format_bytes(file.size)
                                                  : file_state_name(file.state);
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

}  // namespace

const char* file_state_name(SnapshotFileState state) noexcept {
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
    text += fmt::format(", {} without content ({})", format_count(listed.missing),
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

}  // namespace valise::cli
