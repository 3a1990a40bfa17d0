#pragma once

#include <cstdint>
#include <filesystem>
#include <map>
#include <memory>
#include <string>

#include "process.hpp"

namespace valise::bench {

/// A backup tool as its user would run it, with a home, a configuration and a cache of its own
/// below `folder`.
class Tool {
 public:
  Tool(std::string name, std::filesystem::path folder);
  Tool(const Tool&) = delete;
  Tool& operator=(const Tool&) = delete;
  virtual ~Tool() = default;

  [[nodiscard]] const std::string& name() const { return name_; }

  /// Removes everything the tool has, and makes an empty repository.
  void start_anew();
  /// `database` is closed and checkpointed, or only read: nobody writes to it meanwhile.
  virtual Cost back_up(const std::filesystem::path& database) = 0;
  /// Restores the newest backup into a folder that does not exist yet.
  virtual Cost restore(const std::filesystem::path& to) = 0;
  /// Reads every byte of the repository and checks it.
  virtual Cost check() = 0;

  /// The files of the repository, as their sizes add up.
  [[nodiscard]] std::int64_t repository_bytes() const;

 protected:
  virtual void init() = 0;

  [[nodiscard]] std::filesystem::path path(const std::string& file) const { return folder_ / file; }
  [[nodiscard]] std::filesystem::path repository() const { return folder_ / "repository"; }
  /// A command in the tool's own environment.
  [[nodiscard]] Command command(std::vector<std::string> argv) const;

  std::map<std::string, std::string> environment_;

 private:
  std::string name_;
  std::filesystem::path folder_;
};

std::unique_ptr<Tool> make_restic(const std::filesystem::path& folder);
std::unique_ptr<Tool> make_borg(const std::filesystem::path& folder);
/// `sqlite3 .backup` into a file (it cannot write to a pipe), then `zstd -T2 -3 | age`.
std::unique_ptr<Tool> make_pipe(const std::filesystem::path& folder);

/// The sum of the sizes of all regular files below a folder; 0 when there is no such folder.
std::int64_t folder_bytes(const std::filesystem::path& folder);

/// The version a program claims, such as "0.14.0"; empty when it is not installed.
std::string version_of(const std::vector<std::string>& argv);

}  // namespace valise::bench
