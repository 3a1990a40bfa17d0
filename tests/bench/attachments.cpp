// A message history with many attachments, backed up by valise and by restic: a first backup, a
// night without a change and one with a few. One run, one machine: the ratios count, the seconds do
// not. Ends with 1 where a floor is missed.

#include <fmt/format.h>
#include <sqlite3.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <array>
#include <chrono>
#include <cmath>
#include <cstdio>
#include <exception>
#include <filesystem>
#include <fstream>
#include <functional>
#include <memory>
#include <random>
#include <stdexcept>
#include <string>
#include <thread>
#include <vector>

#include "tools.hpp"
#include "valise_tool.hpp"
#include "verdicts.hpp"

namespace {

namespace fs = std::filesystem;
using valise::bench::Cost;
using valise::bench::Verdicts;

// Floors: what the project promises.
constexpr double kFirstTimesMax = 0.6;
constexpr double kUnchangedTimesMax = 0.3;
constexpr double kPeakMbMax = 192;
constexpr double kMillionPeakMbMax = 256;
constexpr std::size_t kMillion = 1'000'000;

constexpr std::size_t kFilesAFolder = 400;
constexpr std::size_t kNightFiles = 20;
constexpr std::array<std::size_t, 3> kTouchedFiles{1, 100, 10'000};
constexpr std::size_t kTouchedStep = 10;

struct Options {
  fs::path work;
  fs::path program;
  std::size_t files = 100'000;
  std::uint64_t bytes = 2'000'000'000;
  std::uint64_t large_bytes = 0;
  std::size_t repeats = 3;
  bool skip_others = false;
};

// --- the history ---

void run_sql(sqlite3* db, const std::string& sql) {
  if (sqlite3_exec(db, sql.c_str(), nullptr, nullptr, nullptr) != SQLITE_OK) {
    throw std::runtime_error(sqlite3_errmsg(db));
  }
}

/// iMessage's folder: a database whose rows name the files, and the files.
class MediaFolder {
 public:
  explicit MediaFolder(fs::path folder) : folder_(std::move(folder)) {
    fs::create_directories(folder_ / "Attachments");
    sqlite3* db = nullptr;
    if (sqlite3_open((folder_ / "chat.db").c_str(), &db) != SQLITE_OK) {
      throw std::runtime_error("cannot make a database");
    }
    db_.reset(db);
    run_sql(db,
            "CREATE TABLE message(ROWID INTEGER PRIMARY KEY, date INTEGER);"
            "CREATE TABLE chat(ROWID INTEGER PRIMARY KEY);"
            "CREATE TABLE handle(ROWID INTEGER PRIMARY KEY);"
            "CREATE TABLE chat_message_join(chat_id INTEGER, message_id INTEGER);"
            "CREATE TABLE message_attachment_join(message_id INTEGER, attachment_id INTEGER);"
            "CREATE TABLE attachment(ROWID INTEGER PRIMARY KEY, filename TEXT, "
            "total_bytes INTEGER)");
  }

  /// `count` files of about `bytes` together. Sizes as those of pictures: many small, few large;
  /// one file in five is of a kind that compresses.
  void add(std::size_t count, std::uint64_t bytes) {
    std::lognormal_distribution<double> sizes(0, 1);
    const double unit = static_cast<double>(bytes) / static_cast<double>(count) / std::exp(0.5);
    run_sql(db_.get(), "BEGIN");
    std::string content;
    for (std::size_t i = 0; i < count; ++i) {
      const auto size = static_cast<std::size_t>(std::max(1.0, sizes(random_) * unit));
      fill(content, size, made_ % 5 == 0);
      add_file(content);
    }
    run_sql(db_.get(), "COMMIT");
  }
  void add_large(std::uint64_t bytes) {
    std::ofstream out(folder_ / "Attachments" / "film.mov", std::ios::binary);
    std::string content;
    for (std::uint64_t done = 0; done < bytes; done += content.size()) {
      fill(content, static_cast<std::size_t>(std::min<std::uint64_t>(bytes - done, 1 << 24)),
           false);
      out.write(content.data(), static_cast<std::streamsize>(content.size()));
    }
    if (!out.flush()) throw std::runtime_error("cannot write the film");
  }
  /// Gives every `step`th of the first `count` * `step` files another time, and nothing else.
  void touch(std::size_t count, std::size_t step) {
    for (std::size_t i = 0; i < count; ++i) {
      const fs::path path = folder_ / path_of(i * step);
      fs::last_write_time(path, fs::last_write_time(path) - std::chrono::hours(1));
    }
  }
  [[nodiscard]] const fs::path& folder() const noexcept { return folder_; }
  [[nodiscard]] fs::path database() const { return folder_ / "chat.db"; }

 private:
  struct Close {
    void operator()(sqlite3* db) const { sqlite3_close_v2(db); }
  };

  void fill(std::string& content, std::size_t size, bool compresses) {
    content.resize(size);
    for (std::size_t at = 0; at < size; at += 8) {
      std::uint64_t bits = random_();
      if (compresses) bits = (bits & 0x0707070707070707U) | 0x6060606060606060U;
      const std::size_t step = std::min<std::size_t>(8, size - at);
      std::copy_n(reinterpret_cast<const char*>(&bits), step,
                  content.begin() + static_cast<std::ptrdiff_t>(at));
    }
  }
  static std::string path_of(std::size_t number) {
    return fmt::format("Attachments/{:04x}/IMG_{:07}.jpg", number / kFilesAFolder, number);
  }
  void add_file(const std::string& content) {
    const std::string path = path_of(made_);
    if (made_ % kFilesAFolder == 0) fs::create_directories((folder_ / path).parent_path());
    std::ofstream out(folder_ / path, std::ios::binary);
    out.write(content.data(), static_cast<std::streamsize>(content.size()));
    if (!out.flush()) throw std::runtime_error("cannot write " + path);
    run_sql(db_.get(), fmt::format("INSERT INTO attachment(filename, total_bytes) "
                                   "VALUES('~/Library/Messages/{}', {}); "
                                   "INSERT INTO message(date) VALUES(7000000000000000{:02})",
                                   path, content.size(), made_ % 100));
    ++made_;
  }

  fs::path folder_;
  std::unique_ptr<sqlite3, Close> db_;
  std::mt19937_64 random_{20'240'101};
  std::size_t made_ = 0;
};

// --- the measurements ---

struct Row {
  std::string name;
  Cost ours;
  Cost others;
  std::int64_t added = 0;
};

Cost best_of(std::size_t repeats, const std::function<Cost()>& measure) {
  Cost best = measure();
  for (std::size_t i = 1; i < repeats; ++i) {
    const Cost cost = measure();
    const std::int64_t peak = std::max(best.peak_bytes, cost.peak_bytes);
    if (cost.wall_s < best.wall_s) best = cost;
    best.peak_bytes = peak;
  }
  return best;
}

void print_row(const Row& row, bool with_others) {
  fmt::print(
      "| {} | {:.2f} s | {} | {:.1f} MB | {} | {:.3f} MB |\n", row.name, row.ours.wall_s,
      with_others
          ? fmt::format("{:.2f} s | {:.2f}", row.others.wall_s, row.ours.wall_s / row.others.wall_s)
          : std::string("- | -"),
      static_cast<double>(row.ours.peak_bytes) / 1e6,
      with_others ? fmt::format("{:.1f} MB", static_cast<double>(row.others.peak_bytes) / 1e6)
                  : std::string("-"),
      static_cast<double>(row.added) / 1e6);
}

int measure(const Options& options) {
  MediaFolder media(options.work / "Messages");
  media.add(options.files, options.bytes);
  if (options.large_bytes > 0) media.add_large(options.large_bytes);
  valise::bench::Valise ours(options.program, options.work / "valise");
  const auto others = valise::bench::make_restic(options.work / "restic");
  const bool beside = !options.skip_others;
  fmt::print("{} files, {:.2f} GB; {} cores; best of {} runs each, files in the cache\n\n",
             options.files, static_cast<double>(valise::bench::folder_bytes(media.folder())) / 1e9,
             std::thread::hardware_concurrency(), options.repeats);
  fmt::print("| | valise | restic | times | peak memory | restic | added by valise |\n");
  fmt::print("|---|---|---|---|---|---|---|\n");

  std::int64_t before = 0;
  const auto row = [&](const std::string& name, std::size_t repeats, bool anew) {
    Row result{name, {}, {}, 0};
    result.ours = best_of(repeats, [&] {
      if (anew) ours.start_anew();
      before = ours.repository_bytes();
      return ours.back_up(media.database());
    });
    result.added = ours.repository_bytes() - before;
    if (beside) {
      result.others = best_of(repeats, [&] {
        if (anew) others->start_anew();
        return others->back_up(media.folder());
      });
    }
    print_row(result, beside);
    return result;
  };
  const Row first = row("first backup", options.repeats, true);
  // Files as young as these are looked at once more.
  static_cast<void>(row("the night after", 1, false));
  const Row unchanged = row("a night without a change", options.repeats, false);
  media.add(kNightFiles, kNightFiles * 100'000);
  static_cast<void>(row(fmt::format("{} new files", kNightFiles), 1, false));

  // No content is new: what is added is catalog.
  for (const std::size_t count : kTouchedFiles) {
    if (count * kTouchedStep > options.files) continue;
    media.touch(count, kTouchedStep);
    static_cast<void>(
        row(fmt::format("{} file{} touched", count, count == 1 ? "" : "s"), 1, false));
  }

  fmt::print("\n");
  Verdicts verdicts;
  if (beside) {
    verdicts.judge("a first backup, in times of restic's", first.ours.wall_s / first.others.wall_s,
                   kFirstTimesMax);
    verdicts.judge("a night without a change, in times of restic's",
                   unchanged.ours.wall_s / unchanged.others.wall_s, kUnchangedTimesMax);
  }
  verdicts.judge(
      "peak memory in MB",
      static_cast<double>(std::max(first.ours.peak_bytes, unchanged.ours.peak_bytes)) / 1e6,
      options.files >= kMillion ? kMillionPeakMbMax : kPeakMbMax);
  return verdicts.missed() == 0 ? 0 : 1;
}

}  // namespace

int main(int argc, char** argv) {
  CLI::App app{"Backs up a folder with many attachments, beside restic.", "attachments"};
  Options options;
  app.add_option("--valise", options.program, "The program to measure")
      ->required()
      ->check(CLI::ExistingFile);
  app.add_option("--work", options.work, "A new folder (three times the files' bytes)")->required();
  app.add_option("--files", options.files, "How many")->capture_default_str();
  app.add_option("--bytes", options.bytes, "Of all of them")->capture_default_str();
  app.add_option("--large", options.large_bytes, "One more file, of so many bytes");
  app.add_option("--repeats", options.repeats, "Of each timed command")->capture_default_str();
  app.add_flag("--skip-others", options.skip_others, "Only valise");
  CLI11_PARSE(app, argc, argv);
  try {
    options.work = fs::absolute(options.work);
    fs::create_directories(options.work);
    options.program = fs::absolute(options.program);
    return measure(options);
  } catch (const std::exception& error) {
    std::fprintf(stderr, "attachments: %s\n", error.what());
    return 2;
  }
}
