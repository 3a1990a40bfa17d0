// What a copy does not undo, in words.

#include <fmt/format.h>

#include "ops/copy_plan.hpp"

namespace valise {
namespace {

// For a shell, as it stands in a command that is shown.
std::string shell_word(const std::filesystem::path& path) {
  std::string text = "'";
  for (const char character : path.string()) {
    text += character == '\'' ? "'\\''" : std::string(1, character);
  }
  return text + "'";
}

std::string snapshots(std::uint64_t count) {
  return count == 1 ? "1 snapshot" : fmt::format("{} snapshots", count);
}

std::string agents(const CopyReaders& readers) {
  std::string names;
  std::size_t count = 0;
  for (const Reader& reader : readers.readers) {
    if (reader.owner) continue;
    names += (names.empty() ? "" : ", ") + reader.name;
    ++count;
  }
  return fmt::format("{} of {} ({})", readers.k, count, names);
}

void add_other_vault(std::vector<std::string>& words, const CopyReport& report,
                     const Places& places) {
  const CopyPlan& plan = report.plan;
  words.push_back(
      "The originals stay in " + plan.from_path.string() +
      ", as they were: whoever has the passphrase or the recovery code of that vault still opens "
      "them, there and in every copy of that vault that others hold. Nothing can take that back.");
  for (const CopyReaders& readers : plan.from) {
    if (readers.policy != "escrow") continue;
    words.push_back(fmt::format("The originals of {} stay readable by {}, too.",
                                snapshots(readers.snapshots), agents(readers)));
  }
  words.push_back(
      "Nightly backups go where VALISE_VAULT or --vault says: point both this device's and the "
      "other devices' at " +
      plan.to_path.string() + ".");
  if (!report.failures.empty()) {
    words.push_back("Keep the old vault: " + snapshots(report.failures.size()) +
                    " in it could not be copied.");
    return;
  }
  words.push_back(
      "When \"valise verify --all --vault " + shell_word(plan.to_path) +
      "\" finds all well and nothing in the old vault is wanted any more, remove it, and what this "
      "device keeps of it: rm -r " +
      shell_word(plan.from_path) + " " + shell_word(places.config_dir / plan.from_vault) + " " +
      shell_word(places.state_dir / plan.from_vault));
}

}  // namespace

std::vector<std::string> copy_consequences(const CopyReport& report, const Places& places) {
  const CopyPlan& plan = report.plan;
  std::vector<std::string> words;
  if (report.copies.empty()) return words;
  if (plan.to.policy == "escrow") {
    words.push_back("Each copy opens for you, or for " + agents(plan.to) +
                    " without you, and holds the whole history as of its day.");
  }
  if (!plan.same_vault()) {
    add_other_vault(words, report, places);
    return words;
  }
  words.push_back(
      "The originals stay in the vault, under the policies that they were made under. Copying "
      "removes nothing.");
  for (const CopyReaders& readers : plan.from) {
    if (readers.policy != "escrow") continue;
    words.push_back(
        fmt::format("The originals of {} stay readable by {}: nothing can take that "
                    "back.",
                    snapshots(readers.snapshots), agents(readers)));
  }
  return words;
}

}  // namespace valise
