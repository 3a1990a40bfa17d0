#include "ops/schedule_files.hpp"

#include "base/error.hpp"
#include "base/files.hpp"

namespace valise {
namespace {

constexpr std::uint64_t kScheduleFileBytesMax = 1 << 20;
constexpr unsigned kScheduleFileMode = 0644;

/// What stands there; nothing where there is no file. Error(usage) where it is not ours.
std::optional<std::string> own_text(const std::filesystem::path& path) {
  const std::optional<Bytes> bytes = read_file(path, kScheduleFileBytesMax);
  if (!bytes) return std::nullopt;
  std::string text(text_of(*bytes));
  if (text.find(kScheduleMark) == std::string::npos) {
    throw Error(ErrorKind::usage, path.string() +
                                      ": it was not made by \"valise schedule install\", and stays "
                                      "as it is; move it away first");
  }
  return text;
}

std::string typed(const std::vector<std::string>& command) {
  std::string line;
  for (const std::string& word : command) {
    const bool plain = word.find_first_not_of(
                           "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
                           "0123456789-_./:=") == std::string::npos;
    line += (line.empty() ? "" : " ") + (plain ? word : shell_word(word));
  }
  return line;
}

void remove_schedule_file(const std::filesystem::path& path) {
  std::error_code error;
  std::filesystem::remove(path, error);
  if (error) {
    throw Error(ErrorKind::storage, path.string() + ": cannot be removed: " + error.message());
  }
}

}  // namespace

FileSchedule::FileSchedule(Scheduler scheduler, std::vector<ScheduleFile> files,
                           const ScheduleOptions& options)
    : options_(options), files_(std::move(files)) {
  report_.scheduler = scheduler;
  for (const ScheduleFile& file : files_) report_.files.push_back(file.path);
}

ScheduleReport FileSchedule::install() {
  for (const ScheduleFile& file : files_) static_cast<void>(own_text(file.path));
  for (const ScheduleFile& file : files_) {
    make_folders(file.path.parent_path());
    static_cast<void>(
        write_file(file.path, bytes_of(file.text), kScheduleFileMode, Existing::replace));
  }
  report_.active = activate();
  report_.installed = true;
  return std::move(report_);
}

ScheduleReport FileSchedule::status() {
  look();
  if (report_.installed) ask(report_);
  return std::move(report_);
}

ScheduleReport FileSchedule::remove() {
  look();
  if (!report_.installed) return std::move(report_);
  stop();
  for (const ScheduleFile& file : files_) remove_schedule_file(file.path);
  forget();
  report_.installed = false;
  return std::move(report_);
}

// What stands there of this schedule.
void FileSchedule::look() {
  for (const ScheduleFile& file : files_) {
    const std::optional<std::string> text = own_text(file.path);
    if (text) report_.installed = true;
    if (!text || *text != file.text) report_.outdated = true;
  }
  report_.outdated = report_.outdated && report_.installed;
}

// Each in turn; the first that fails and all after it are left to the user.
bool FileSchedule::activate() {
  const std::vector<Command> commands = take_up();
  for (std::size_t i = 0; i < commands.size(); ++i) {
    const CommandResult result = run(commands[i]);
    if (result.status == 0) continue;
    report_.todo.push_back("the files stand, but " + commands[i].front() +
                           " did not take them up: " + first_line(result.output));
    std::string rest;
    for (; i < commands.size(); ++i) rest += (rest.empty() ? "" : " && ") + typed(commands[i]);
    report_.todo.push_back("when you are logged in, type: " + rest);
    return false;
  }
  return true;
}

}  // namespace valise
