#include <doctest/doctest.h>
#include <sys/stat.h>

#include <map>

#include "format/recovery_code.hpp"
#include "support/error_kind.hpp"
#include "support/vault_fixture.hpp"
#include "valise/key.hpp"

namespace {

using namespace valise;
using namespace valise::test;
namespace fs = std::filesystem;

/// Everything that a file or folder tells of a change, by its path.
std::map<std::string, std::string> traces(const fs::path& folder) {
  std::map<std::string, std::string> found;
  const auto look = [&](const fs::path& path) {
    struct stat status {};
    REQUIRE(::lstat(path.c_str(), &status) == 0);
    const auto& [seconds, nanoseconds] = status.st_mtim;
    const auto& [change_seconds, change_nanoseconds] = status.st_ctim;
    found[path.string()] = std::to_string(status.st_ino) + " " + std::to_string(status.st_size) +
                           " " + std::to_string(seconds) + "." + std::to_string(nanoseconds) + " " +
                           std::to_string(change_seconds) + "." +
                           std::to_string(change_nanoseconds);
  };
  look(folder);
  for (const auto& entry : fs::recursive_directory_iterator(folder)) look(entry.path());
  return found;
}

std::function<Secret()> typed(const std::string& code) {
  return [code] { return Secret::copy_of(bytes_of(code)); };
}

std::string lower_with_spaces(std::string code) {
  for (char& c : code) c = c == '-' ? ' ' : static_cast<char>(std::tolower(c));
  return code;
}

}  // namespace

TEST_CASE("a recovery code is checked as people type it, and no file changes") {
  VaultFixture fixture;
  static_cast<void>(fixture.back_up());
  const auto before = traces(fixture.folder());
  for (const std::string& code : {fixture.owner_code(), lower_with_spaces(fixture.owner_code())}) {
    const RecoveryCheck check = check_recovery_code(fixture.run(), {}, typed(code));
    CHECK_FALSE(check.agent);
    CHECK(check.name == "owner");
    CHECK(check.vault_id.size() == 32);
    CHECK(check.fingerprint == owner_card(fixture.run(), fixture.owner()).fingerprint);
  }
  std::string mistyped = fixture.owner_code();
  mistyped[7] = mistyped[7] == '4' ? '5' : '4';
  const std::vector<std::pair<std::string, std::string>> wrong{
      {mistyped, "mistyped"},
      {fixture.owner_code().substr(0, 30), "characters instead of 36"},
      {VaultFixture().owner_code(), "another vault's"}};
  for (const auto& each : wrong) {
    const auto attempt = [&] {
      static_cast<void>(check_recovery_code(fixture.run(), {}, typed(each.first)));
    };
    CHECK(kind_of(attempt) == ErrorKind::wrong_key);
    CAPTURE(message_of(attempt));
    CHECK(message_of(attempt).find(each.second) != std::string::npos);
    CHECK(message_of(attempt).find(each.first) == std::string::npos);
  }
  CHECK(traces(fixture.folder()) == before);
}

TEST_CASE("an agent's code is checked by its key file or its card, without any vault") {
  VaultFixture fixture;
  const fs::path card = fixture.new_agent("alice");
  const fs::path key_file = card.parent_path() / "agent.key";
  const std::string code = text_of(format_recovery_code(fixture.agent_keys("alice").seed()).view());
  static_cast<void>(fixture.new_agent("bob"));
  const std::string of_bob = text_of(format_recovery_code(fixture.agent_keys("bob").seed()).view());
  Run nowhere = fixture.run("alice");
  nowhere.places.vault = fixture.folder() / "no-vault";
  const auto before = traces(fixture.folder());
  INFO("there is no key file: this agent has no passphrase");
  REQUIRE_FALSE(fs::exists(key_file));
  const RecoveryCheck check = check_recovery_code(nowhere, key_file, typed(code));
  CHECK(check.agent);
  CHECK(check.name == "alice");
  CHECK(check.fingerprint == show_card(card).fingerprint);
  const auto strange = [&](const std::string& other) {
    return kind_of(
        [&] { static_cast<void>(check_recovery_code(nowhere, key_file, typed(other))); });
  };
  CHECK(strange(of_bob) == ErrorKind::wrong_key);
  CHECK(strange(fixture.owner_code()) == ErrorKind::wrong_key);
  CHECK(traces(fixture.folder()) == before);

  INFO("with a key file and no card the code is still checked");
  static_cast<void>(change_passphrase(
      nowhere, {64 * 1024, key_file},
      [&] {
        return Unlock{Unlock::Kind::recovery_code, Secret::copy_of(bytes_of(code)), key_file};
      },
      [] { return Secret::copy_of(bytes_of("crate velvet noon hazel orbit")); }));
  fs::remove(card);
  CHECK(check_recovery_code(nowhere, key_file, typed(code)).fingerprint.empty());
  CHECK(strange(of_bob) == ErrorKind::wrong_key);
}

TEST_CASE("nobody is asked for a code where there is nothing to check it with") {
  VaultFixture fixture;
  const std::function<Secret()> never = []() -> Secret {
    throw Error(ErrorKind::internal, "asked for a code");
  };
  Run nowhere = fixture.run();
  nowhere.places.vault = fixture.folder() / "no-vault";
  CHECK(kind_of([&] { static_cast<void>(check_recovery_code(nowhere, {}, never)); }) ==
        ErrorKind::not_found);
  CHECK(kind_of([&] {
          static_cast<void>(
              check_recovery_code(nowhere, fixture.folder() / "none" / "agent.key", never));
        }) == ErrorKind::not_found);
}
