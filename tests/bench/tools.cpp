#include "tools.hpp"

#include <algorithm>
#include <cstdlib>
#include <fstream>
#include <stdexcept>
#include <utility>

namespace valise::bench {

namespace {

namespace fs = std::filesystem;

class Restic final : public Tool {
 public:
  explicit Restic(const fs::path& folder) : Tool("restic", folder) {
    environment_["RESTIC_PASSWORD"] = "a passphrase for the benchmark";
    environment_["RESTIC_REPOSITORY"] = repository();
  }
  Cost back_up(const fs::path& database) override {
    return run(command({"restic", "backup", "--quiet", database}));
  }
  Cost restore(const fs::path& to) override {
    return run(command({"restic", "restore", "latest", "--quiet", "--target", to}));
  }
  Cost check() override { return run(command({"restic", "check", "--read-data", "--quiet"})); }

 protected:
  void init() override { run(command({"restic", "init", "--quiet"})); }
};

class Borg final : public Tool {
 public:
  explicit Borg(const fs::path& folder) : Tool("borg", folder) {
    environment_["BORG_PASSPHRASE"] = "a passphrase for the benchmark";
    environment_["BORG_REPO"] = repository();
    environment_["BORG_BASE_DIR"] = path("home");
  }
  Cost back_up(const fs::path& database) override {
    newest_ = "::" + std::to_string(++backups_);
    return run(command({"borg", "create", newest_, database}));
  }
  Cost restore(const fs::path& to) override {
    fs::create_directories(to);
    Command extract = command({"borg", "extract", newest_});
    extract.folder = to;
    return run(extract);
  }
  Cost check() override { return run(command({"borg", "check", "--verify-data"})); }

 protected:
  void init() override { run(command({"borg", "init", "--encryption", "repokey-blake2"})); }

 private:
  int backups_ = 0;
  std::string newest_;
};

class Pipe final : public Tool {
 public:
  explicit Pipe(const fs::path& folder) : Tool("pipe", folder) {}

  Cost back_up(const fs::path& database) override {
    const fs::path copy = path("copy.db");
    newest_ = repository() / (std::to_string(++backups_) + ".zst.age");
    const Cost copied = run(command({"sqlite3", database, ".backup " + copy.string()}));
    const Cost sealed = run_pipe({command({"zstd", "-q", "-T2", "-3", "-c", copy}),
                                  command({"age", "-R", path("recipient"), "-o", newest_})});
    fs::remove(copy);
    return copied + sealed;
  }
  Cost restore(const fs::path& to) override {
    fs::create_directories(to);
    Command unpack = command({"zstd", "-q", "-d", "-c"});
    unpack.output_to = to / "chat.db";
    return run_pipe({command({"age", "-d", "-i", path("key"), newest_}), unpack});
  }
  Cost check() override {
    return run_pipe(
        {command({"age", "-d", "-i", path("key"), newest_}), command({"zstd", "-q", "-t"})});
  }

 protected:
  void init() override {
    fs::create_directories(repository());
    run(command({"age-keygen", "-o", path("key")}));
    Command recipient = command({"age-keygen", "-y", path("key")});
    recipient.output_to = path("recipient");
    run(recipient);
  }

 private:
  int backups_ = 0;
  fs::path newest_;
};

// "restic 0.14.0 compiled with go1.19.8" and "Zstandard CLI (64-bit) v1.5.4": the version is the
// first run of digits and dots that has a dot inside.
std::string find_version(const std::string& line) {
  constexpr const char* kDigitsAndDots = "0123456789.";
  std::size_t begin = line.find_first_of("0123456789");
  while (begin != std::string::npos) {
    const std::size_t end = std::min(line.find_first_not_of(kDigitsAndDots, begin), line.size());
    const std::string run = line.substr(begin, end - begin);
    if (run.find('.') != std::string::npos) return run;
    begin = line.find_first_of("0123456789", end);
  }
  return "";
}

}  // namespace

Tool::Tool(std::string name, fs::path folder) : name_(std::move(name)), folder_(std::move(folder)) {
  const char* search_path = std::getenv("PATH");
  environment_ = {{"PATH", search_path == nullptr ? "/usr/bin:/bin" : search_path},
                  {"HOME", path("home")},
                  {"XDG_CACHE_HOME", path("cache")},
                  {"XDG_CONFIG_HOME", path("config")},
                  {"XDG_STATE_HOME", path("state")},
                  {"XDG_DATA_HOME", path("data")},
                  {"LC_ALL", "C.UTF-8"}};
}

void Tool::start_anew() {
  fs::remove_all(folder_);
  fs::create_directories(path("home"));
  init();
}

std::int64_t Tool::repository_bytes() const { return folder_bytes(repository()); }

Command Tool::command(std::vector<std::string> argv) const {
  return {.argv = std::move(argv), .environment = environment_, .folder = folder_, .output_to = {}};
}

std::unique_ptr<Tool> make_restic(const fs::path& folder) {
  return std::make_unique<Restic>(folder);
}
std::unique_ptr<Tool> make_borg(const fs::path& folder) { return std::make_unique<Borg>(folder); }
std::unique_ptr<Tool> make_pipe(const fs::path& folder) { return std::make_unique<Pipe>(folder); }

std::int64_t folder_bytes(const fs::path& folder) {
  if (!fs::exists(folder)) return 0;
  std::int64_t bytes = 0;
  for (const fs::directory_entry& entry : fs::recursive_directory_iterator(folder)) {
    if (entry.is_regular_file()) bytes += static_cast<std::int64_t>(entry.file_size());
  }
  return bytes;
}

std::string version_of(const std::vector<std::string>& argv) {
  const fs::path answer =
      fs::temp_directory_path() / ("version-of-" + fs::path(argv[0]).filename().string());
  const char* search_path = std::getenv("PATH");
  std::string line;
  try {
    run({.argv = argv,
         .environment = {{"PATH", search_path == nullptr ? "/usr/bin:/bin" : search_path}},
         .folder = {},
         .output_to = answer});
    std::ifstream in(answer);
    std::getline(in, line);
  } catch (const std::runtime_error&) {
    line.clear();
  }
  fs::remove(answer);
  return find_version(line);
}

}  // namespace valise::bench
