#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "ops/schedule_kinds.hpp"

namespace valise {

/// A file that a scheduler reads.
struct ScheduleFile {
  std::filesystem::path path;
  std::string text;
};

/// A schedule that is files of its own, which its scheduler has to be told of.
class FileSchedule : public NightSchedule {
 public:
  FileSchedule(Scheduler scheduler, std::vector<ScheduleFile> files,
               const ScheduleOptions& options);

  ScheduleReport install() final;
  ScheduleReport status() final;
  ScheduleReport remove() final;

 protected:
  using Command = std::vector<std::string>;

  /// The commands that make the scheduler take up the files, to be run in turn.
  virtual std::vector<Command> take_up() = 0;
  /// Asks the scheduler whether it runs the job, and how it ended last.
  virtual void ask(ScheduleReport& report) = 0;
  /// Before the files go, and after: what does not run already need not be stopped.
  virtual void stop() = 0;
  virtual void forget() = 0;

  CommandResult run(const Command& command) const { return options_.run(command, {}); }
  [[nodiscard]] bool succeeds(const Command& command) const { return run(command).status == 0; }
  [[nodiscard]] const std::vector<ScheduleFile>& files() const noexcept { return files_; }

 private:
  void look();
  [[nodiscard]] bool activate();

  const ScheduleOptions& options_;
  const std::vector<ScheduleFile> files_;
  ScheduleReport report_;
};

}  // namespace valise
