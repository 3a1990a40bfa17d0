// Audits beside a bare loop that does no more than it must: read the same bytes, check the same
// signatures. One run, one machine: the ratios count, the seconds do not. Ends with 1 where a floor
// is missed.

#include <fmt/format.h>
#include <sys/stat.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <cstdio>
#include <ctime>
#include <exception>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <stdexcept>
#include <string>
#include <thread>
#include <vector>

#include "base/hex.hpp"
#include "crypto/sign.hpp"
#include "process.hpp"
#include "support/vault_maker.hpp"
#include "valise/valise.hpp"
#include "verdicts.hpp"

namespace {

namespace fs = std::filesystem;
using valise::Bytes;
using valise::ByteSpan;
using valise::bench::Command;
using valise::bench::Cost;
using valise::bench::Verdicts;

// Floors: what the project promises.
constexpr double kTimesTheBareLoopMax = 3;
constexpr double kBytesPerBackupMax = 600;
// From 100 to 1,000 vaults; exactly linear would be 10.
constexpr double kTenfoldMax = 13;

constexpr std::size_t kManyBackups = 30;
constexpr valise::UnixSeconds kNightSeconds = 6 * 3600;

struct Options {
  fs::path work;
  fs::path program;
  std::size_t repeats = 3;
  std::string bare;
};

// --- the vaults ---

/// End-to-end at first, then two of three agents, then end-to-end again; every agent has drilled.
void make_vault(const fs::path& folder, const fs::path& card, std::size_t backups) {
  const auto now = static_cast<valise::UnixSeconds>(std::time(nullptr));
  valise::test::VaultMaker maker(now - (backups + 2) * kNightSeconds);
  maker.add_device("laptop");
  for (std::size_t i = 0; i < backups; ++i) {
    if (i == backups * 3 / 10) maker.set_policy(2, {"Mara", "Notary", "Uncle"});
    if (i == backups * 8 / 10) maker.set_policy(0, {});
    maker.now += kNightSeconds;
    const std::string snapshot = maker.back_up();
    if (i != backups / 2) continue;
    for (const char* agent : {"Mara", "Notary", "Uncle"}) maker.drill(snapshot, agent);
  }
  maker.write_to(folder);
  maker.write_card(card);
}

void make_all(const fs::path& work, const std::vector<std::size_t>& sizes) {
  valise::start();
  for (const std::size_t size : sizes) {
    const fs::path vault = work / std::to_string(size);
    make_vault(vault, work / (std::to_string(size) + ".card"), size);
  }
  fs::create_directories(work / "cards");
  std::ofstream few(work / "few.txt");
  std::ofstream many(work / "many.txt");
  for (int i = 0; i < 1000; ++i) {
    const fs::path vault = work / "many" / std::to_string(i);
    make_vault(vault, work / "cards" / (std::to_string(i) + ".card"), kManyBackups);
    if (i < 100) few << vault.string() << "\n";
    many << vault.string() << "\n";
  }
  if (!few.flush() || !many.flush()) throw std::runtime_error("cannot write the lists of vaults");
}

// --- the bare loop ---

Bytes read_whole(const fs::path& path) {
  std::ifstream in(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(in), std::istreambuf_iterator<char>()};
}

void read_tail(const fs::path& path, std::size_t bytes) {
  std::ifstream in(path, std::ios::binary);
  std::vector<char> tail(bytes);
  in.seekg(-static_cast<std::streamoff>(bytes), std::ios::end);
  if (!in.read(tail.data(), static_cast<std::streamsize>(bytes))) {
    throw std::runtime_error("cannot read " + path.string());
  }
}

/// formats/entry.md: the signer's key stands at 32, the type at 8, a backup's id at 112.
void bare_loop(const fs::path& vault) {
  valise::start();
  constexpr std::uint8_t kBackupType = 10;
  constexpr std::size_t kFooterBytes = 12;
  for (const auto& file : fs::recursive_directory_iterator(vault / "log")) {
    if (!file.is_regular_file()) continue;
    const Bytes entry = read_whole(file.path());
    const ByteSpan body = ByteSpan(entry).first(entry.size() - valise::kSignatureBytes);
    if (!valise::verify_signature(valise::array_of<32>(body.subspan(32)), body,
                                  valise::array_of<64>(ByteSpan(entry).subspan(body.size())))) {
      throw std::runtime_error("a signature does not match: " + file.path().string());
    }
    if (body[8] != kBackupType) continue;
    const std::string id = valise::hex(body.subspan(112, 16));
    read_tail(vault / "backups" / (id + ".valise"), entry.size() + kFooterBytes);
  }
}

// --- the measurements ---

Cost best_of(std::size_t repeats, const Command& command) {
  Cost best = valise::bench::run(command);
  for (std::size_t i = 0; i < repeats; ++i) {
    const Cost cost = valise::bench::run(command);
    if (cost.wall_s < best.wall_s) best = {cost.wall_s, cost.cpu_s, best.peak_bytes};
    best.peak_bytes = std::max(best.peak_bytes, cost.peak_bytes);
  }
  return best;
}

Command audit_command(const Options& options, std::vector<std::string> arguments) {
  std::vector<std::string> argv{options.program.string(), "audit"};
  argv.insert(argv.end(), arguments.begin(), arguments.end());
  return {argv, {{"HOME", (options.work / "home").string()}}, options.work, {}};
}

int measure(const Options& options, const std::string& own_program) {
  fs::create_directories(options.work / "home");
  const std::vector<std::size_t> sizes{1'000, 10'000, 40'000};
  valise::bench::run_in_child([&] { make_all(options.work, sizes); });
  fmt::print("{} cores; best of {} runs each, files in the cache\n\n",
             std::thread::hardware_concurrency(), options.repeats);
  fmt::print("| backups | bare loop | audit L1 | times | CPU times | peak memory |\n");
  fmt::print("|---|---|---|---|---|---|\n");
  Verdicts verdicts;
  std::vector<Cost> audits;
  double times_at_10000 = 0;
  for (const std::size_t size : sizes) {
    const std::string vault = (options.work / std::to_string(size)).string();
    const Cost bare =
        best_of(options.repeats, {{own_program, "--bare", vault}, {}, options.work, {}});
    // Exit code 0: no finding is an error, or the vault would not be a sound one.
    const Cost audit =
        best_of(options.repeats, audit_command(options, {"--pin", vault + ".card", vault}));
    fmt::print("| {} | {:.3f} s | {:.3f} s | {:.2f} | {:.2f} | {:.1f} MB |\n", size, bare.wall_s,
               audit.wall_s, audit.wall_s / bare.wall_s, audit.cpu_s / bare.cpu_s,
               static_cast<double>(audit.peak_bytes) / 1e6);
    if (size == 10'000) times_at_10000 = audit.wall_s / bare.wall_s;
    audits.push_back(audit);
  }
  const auto many = [&](const char* list) {
    return best_of(options.repeats,
                   audit_command(options, {"--pin", (options.work / "cards").string(),
                                           "--vaults-from", (options.work / list).string()}));
  };
  const Cost few = many("few.txt");
  const Cost all = many("many.txt");
  fmt::print("\n| vaults of {} backups | audit L1 | peak memory |\n|---|---|---|\n", kManyBackups);
  for (const auto& [count, cost] : {std::pair{100, few}, std::pair{1000, all}}) {
    fmt::print("| {} | {:.3f} s | {:.1f} MB |\n", count, cost.wall_s,
               static_cast<double>(cost.peak_bytes) / 1e6);
  }
  fmt::print("\n");
  verdicts.judge("an audit of 10,000 backups, in times of the bare loop", times_at_10000,
                 kTimesTheBareLoopMax);
  verdicts.judge("bytes of memory a backup, from 1,000 to 40,000",
                 static_cast<double>(audits[2].peak_bytes - audits[0].peak_bytes) /
                     static_cast<double>(sizes[2] - sizes[0]),
                 kBytesPerBackupMax);
  verdicts.judge("1,000 vaults in times of 100", all.wall_s / few.wall_s, kTenfoldMax);
  return verdicts.missed() == 0 ? 0 : 1;
}

}  // namespace

int main(int argc, char** argv) {
  CLI::App app{"Audits large vaults and many, beside a bare loop over the same files.",
               "audit_vaults"};
  Options options;
  app.add_option("--valise", options.program, "The program to measure")->check(CLI::ExistingFile);
  app.add_option("--work", options.work, "A new folder for the vaults (about 600 MB)");
  app.add_option("--repeats", options.repeats, "Of each timed command")->capture_default_str();
  app.add_option("--bare", options.bare, "Only run the bare loop over this vault");
  CLI11_PARSE(app, argc, argv);
  try {
    if (!options.bare.empty()) return bare_loop(options.bare), 0;
    if (options.work.empty() || options.program.empty()) {
      throw std::runtime_error("give --work and --valise");
    }
    options.work = fs::absolute(options.work);
    options.program = fs::absolute(options.program);
    return measure(options, fs::canonical("/proc/self/exe").string());
  } catch (const std::exception& error) {
    std::fprintf(stderr, "audit_vaults: %s\n", error.what());
    return 2;
  }
}
