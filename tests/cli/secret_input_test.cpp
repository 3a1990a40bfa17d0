#include "cli/secret_input.hpp"

#include <doctest/doctest.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <fstream>
#include <map>
#include <thread>

#include "cli/environment.hpp"
#include "cli/secret_source.hpp"
#include "support/temp_folder.hpp"

namespace valise::cli {

using test::environment;

namespace {

// Whoever runs the tests may sit at a terminal: nobody is to be asked here.
class NoTerminal {
 public:
  NoTerminal() : before_(::dup(STDIN_FILENO)) {
    const int null = ::open("/dev/null", O_RDONLY);
    ::dup2(null, STDIN_FILENO);
    ::close(null);
  }
  ~NoTerminal() {
    ::dup2(before_, STDIN_FILENO);
    ::close(before_);
  }
  NoTerminal(const NoTerminal&) = delete;
  NoTerminal& operator=(const NoTerminal&) = delete;

 private:
  int before_;
};

std::string write(const test::TempFolder& folder, const char* name, const std::string& content) {
  const std::filesystem::path path = folder.path() / name;
  std::ofstream(path, std::ios::binary) << content;
  return path.string();
}

std::string text(const Secret& secret) { return text_of(secret.view()); }

template <typename Call>
ErrorKind kind_of(Call call) {
  try {
    call();
  } catch (const Error& error) {
    return error.kind();
  }
  return ErrorKind::internal;
}

SecretOptions from_file(const std::string& file) {
  SecretOptions options;
  options.passphrase_file = file;
  return options;
}

}  // namespace

TEST_CASE("one newline at the end of a secret is stripped, and no more") {
  const test::TempFolder folder;
  CHECK(text(read_secret_file(write(folder, "a", "pass word\n"))) == "pass word");
  CHECK(text(read_secret_file(write(folder, "b", "pass word\r\n"))) == "pass word");
  CHECK(text(read_secret_file(write(folder, "c", "pass word\n\n"))) == "pass word\n");
  CHECK(text(read_secret_file(write(folder, "d", " pass word "))) == " pass word ");
}

TEST_CASE("empty, missing and oversized secrets are refused") {
  const test::TempFolder folder;
  const auto kind = [&](const std::string& content) {
    return kind_of([&] { static_cast<void>(read_secret_file(write(folder, "f", content))); });
  };
  CHECK(kind("") == ErrorKind::usage);
  CHECK(kind("\n") == ErrorKind::usage);
  CHECK(kind(std::string(kSecretBytesMax + 1, 'x')) == ErrorKind::limit);
  CHECK(text(read_secret_file(write(folder, "g", std::string(kSecretBytesMax, 'x')))).size() ==
        kSecretBytesMax);
  CHECK(kind_of([&] { static_cast<void>(read_secret_file(folder.path() / "none")); }) ==
        ErrorKind::usage);
}

TEST_CASE("a secret comes from a file or a pipe, and from nothing else") {
  const test::TempFolder folder;
  const std::filesystem::path pipe = folder.path() / "pipe";
  REQUIRE(::mkfifo(pipe.c_str(), 0600) == 0);
  {
    const std::jthread writer([&] { std::ofstream(pipe) << "from a pipe\n"; });
    CHECK(text(read_secret_file(pipe)) == "from a pipe");
  }
  const std::string command = "printf 'from a command\\n'";
  std::FILE* shell = ::popen(command.c_str(), "r");
  REQUIRE(shell != nullptr);
  CHECK(text(read_secret_file("/dev/fd/" + std::to_string(fileno(shell)))) == "from a command");
  ::pclose(shell);
  for (const std::filesystem::path& path :
       {folder.path(), std::filesystem::path("/dev/zero"), std::filesystem::path("/dev/null")}) {
    CAPTURE(path.string());
    CHECK(kind_of([&] { static_cast<void>(read_secret_file(path)); }) == ErrorKind::usage);
  }
}

TEST_CASE("a command's output is the secret, and a failing command is an error") {
  CHECK(text(read_secret_command("printf 'from a command\\n'")) == "from a command");
  CHECK(kind_of([] { static_cast<void>(read_secret_command("echo x; exit 4")); }) ==
        ErrorKind::usage);
  CHECK(kind_of([] { static_cast<void>(read_secret_command("yes")); }) == ErrorKind::limit);
  CHECK(kind_of([] { static_cast<void>(read_secret_command("true")); }) == ErrorKind::usage);
}

TEST_CASE("an option goes before the environment") {
  const NoTerminal nobody;
  const test::TempFolder folder;
  SecretInput input(environment({{"VALISE_PASSPHRASE_FILE", write(folder, "e", "environment")}}));
  const std::string file = write(folder, "o", "option");
  CHECK(text(input.unlock(from_file(file), "the vault").secret) == "option");
  SecretInput other(environment({{"VALISE_PASSPHRASE_FILE", write(folder, "e", "environment")}}));
  CHECK(text(other.unlock({}, "the vault").secret) == "environment");
  SecretInput command(environment({{"VALISE_PASSPHRASE_COMMAND", "echo from a command"}}));
  CHECK(text(command.unlock({}, "the vault").secret) == "from a command");
}

TEST_CASE("two sources on one level are an error, and so is none with nobody to ask") {
  const NoTerminal nobody;
  const test::TempFolder folder;
  const std::string file = write(folder, "p", "secret");
  SecretOptions two = from_file(file);
  two.recovery_code_file = file;
  const SecretInput none(environment());
  CHECK(kind_of([&] { none.require_source(two); }) == ErrorKind::usage);
  CHECK(kind_of([&] { none.require_source({}); }) == ErrorKind::usage);
  SecretOptions ask_for_code;
  ask_for_code.recovery_code = true;
  CHECK(kind_of([&] { none.require_source(ask_for_code); }) == ErrorKind::usage);
  none.require_source(from_file(file));
  const SecretInput both(environment(
      {{"VALISE_PASSPHRASE_FILE", file}, {"VALISE_PASSPHRASE_COMMAND", "echo secret"}}));
  CHECK(kind_of([&] { both.require_source({}); }) == ErrorKind::usage);
  // An option makes the environment irrelevant, even where that is at odds with itself.
  both.require_source(from_file(file));
}

TEST_CASE("VALISE_PASSPHRASE is taken out of the environment and wiped there") {
  const NoTerminal nobody;
  ::setenv("VALISE_PASSPHRASE", "six words drawn by chance alone", 1);
  const char* where = std::getenv("VALISE_PASSPHRASE");
  SecretInput input(environment());
  CHECK(std::getenv("VALISE_PASSPHRASE") == nullptr);
  CHECK(std::strlen(where) == 0);
  CHECK(text(input.unlock({}, "the vault").secret) == "six words drawn by chance alone");
  ::setenv("VALISE_PASSPHRASE", "", 1);
  SecretInput empty(environment());
  CHECK(kind_of([&] { static_cast<void>(empty.unlock({}, "the vault")); }) == ErrorKind::usage);
}

TEST_CASE("codes and agents' keys are told apart from passphrases") {
  const NoTerminal nobody;
  const test::TempFolder folder;
  SecretOptions options;
  options.recovery_code_file = write(folder, "code", "ABCD\n");
  options.agent_key = write(folder, "agent.key", "key");
  SecretInput input(environment());
  const Unlock unlock = input.unlock(options, "the vault");
  CHECK(unlock.kind == Unlock::Kind::recovery_code);
  CHECK(text(unlock.secret) == "ABCD");
  CHECK(unlock.agent_key_file == folder.path() / "agent.key");
}

TEST_CASE("a descriptor is read once and serves several vaults") {
  const NoTerminal nobody;
  int ends[2];
  REQUIRE(::pipe(ends) == 0);
  REQUIRE(::write(ends[1], "by descriptor\n", 14) == 14);
  ::close(ends[1]);
  SecretOptions options;
  options.passphrase_fd = ends[0];
  SecretInput input(environment());
  CHECK(text(input.unlock(options, "the first").secret) == "by descriptor");
  CHECK(text(input.unlock(options, "the second").secret) == "by descriptor");
  ::close(ends[0]);
}

TEST_CASE("a new passphrase that is easy to guess is refused with a way out") {
  const NoTerminal nobody;
  const test::TempFolder folder;
  SecretInput input(environment());
  const SecretOptions weak = from_file(write(folder, "weak", "password1"));
  CHECK_THROWS_WITH_AS(
      static_cast<void>(input.new_passphrase(weak, "the vault", ", or --no-passphrase")),
      doctest::Contains("--no-passphrase"), Error);
  SecretInput other(environment());
  const SecretOptions strong = from_file(write(folder, "strong", "crate velvet noon hazel orbit"));
  CHECK(text(other.new_passphrase(strong, "the vault")) == "crate velvet noon hazel orbit");
}

}  // namespace valise::cli
