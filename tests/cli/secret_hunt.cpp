// secret_hunt VAULT OWNER_CODE_FILE [--agent CODE_FILE]... [--key KEY_FILE PASSPHRASE_FILE]...
//   [--passphrase FILE]... -- PATH...
// Works out every secret that must stand nowhere: passphrases, recovery codes, seeds and what
// follows from them, the key of every container and every agent's share of it. Looks for each, as
// bytes, as hex and as text, in all files below the paths. Prints what it finds and ends with 1;
// ends with 0 when there is nothing, and with 2 when it cannot look. For the scripts of this
// folder.

#include <algorithm>
#include <cstdio>
#include <exception>
#include <filesystem>
#include <functional>
#include <string>
#include <vector>

#include "base/files.hpp"
#include "base/hex.hpp"
#include "crypto/passphrase.hpp"
#include "format/key_file.hpp"
#include "format/recovery_code.hpp"
#include "ops/opened_backup.hpp"
#include "storage/local_storage.hpp"
#include "valise/valise.hpp"
#include "vault/agent_share.hpp"

namespace valise::test {
namespace {

struct Needle {
  std::string what;
  std::string bytes;
};

std::string upper_hex(ByteSpan bytes) {
  std::string text = hex(bytes);
  std::transform(text.begin(), text.end(), text.begin(),
                 [](char c) { return c >= 'a' ? static_cast<char>(c - 'a' + 'A') : c; });
  return text;
}

class Hunt {
 public:
  void add_text(const std::string& what, const std::string& text) {
    needles_.push_back({what, text});
  }

  void add_secret(const std::string& what, ByteSpan bytes) {
    add_text(what, text_of(bytes));
    add_text(what + " in hex", hex(bytes));
    add_text(what + " in hex", upper_hex(bytes));
  }

  void add_keys(const std::string& whose, const RootKeys& keys) {
    add_secret(whose + "'s seed", keys.seed());
    add_secret(whose + "'s root", keys.root());
    add_secret(whose + "'s X25519 key", keys.sk());
    add_secret(whose + "'s signing seed", keys.signing().seed());
    std::string code = text_of(format_recovery_code(keys.seed()).view());
    add_text(whose + "'s recovery code", code);
    std::erase(code, '-');
    add_text(whose + "'s recovery code", code);
  }

  /// How many files hold a secret.
  [[nodiscard]] std::size_t look(const std::filesystem::path& path) const {
    std::size_t found = 0;
    const std::string content = text_of(read_file(path, std::uint64_t{1} << 30).value());
    for (const Needle& needle : needles_) {
      const std::boyer_moore_searcher searcher(needle.bytes.begin(), needle.bytes.end());
      if (std::search(content.begin(), content.end(), searcher) == content.end()) continue;
      std::printf("%s holds %s\n", path.c_str(), needle.what.c_str());
      ++found;
    }
    return found;
  }
  [[nodiscard]] std::size_t needle_count() const { return needles_.size(); }

 private:
  std::vector<Needle> needles_;
};

std::string line_of(const std::filesystem::path& path) {
  std::string text = text_of(read_file(path, 4096).value());
  while (!text.empty() && text.back() == '\n') text.pop_back();
  return text;
}

RootKeys keys_from_code(const std::filesystem::path& file) {
  return RootKeys(parse_recovery_code(bytes_of(line_of(file))).view());
}

void add_backups(Hunt& hunt, Storage& storage, const RootKeys& owner,
                 const std::vector<RootKeys>& agents) {
  const std::unique_ptr<VaultView> view = view_vault(storage);
  const VaultKey key{RootKeys(owner.seed()), true};
  for (const Snapshot& snapshot : view->index.all()) {
    const Entry* entry = view->roots.find_policy(snapshot.backup().policy);
    const auto& policy = *entry->as<PolicyPayload>();
    hunt.add_secret("the key of backup " + snapshot.id(),
                    open_backup_key(snapshot.entry, policy, key, snapshot.id()).view());
    for (const RootKeys& agent : agents) {
      const auto slot = agent_slot(policy, agent.pk());
      if (!slot) continue;
      hunt.add_secret("a share of backup " + snapshot.id(),
                      open_agent_share(snapshot.entry, policy, *slot, agent, snapshot.id()).view());
    }
  }
}

int hunt_for(const std::vector<std::string>& words) {
  Hunt hunt;
  LocalStorage storage = LocalStorage::open(words.at(0));
  const RootKeys owner = keys_from_code(words.at(1));
  hunt.add_keys("the owner", owner);
  std::vector<RootKeys> agents;
  std::size_t i = 2;
  for (; words.at(i) != "--"; ++i) {
    if (words[i] == "--agent") {
      agents.push_back(keys_from_code(words.at(++i)));
      hunt.add_keys("an agent", agents.back());
    } else if (words[i] == "--key") {
      const std::string file = words.at(++i);
      const Secret passphrase = normalize_passphrase(bytes_of(line_of(words.at(++i))));
      hunt.add_keys("a request",
                    open_key_file(read_file(file, 4096).value(), passphrase.view(), file));
    } else if (words[i] == "--passphrase") {
      hunt.add_text("a passphrase", line_of(words.at(++i)));
    } else {
      throw std::runtime_error("unknown word " + words[i]);
    }
  }
  add_backups(hunt, storage, owner, agents);
  std::size_t files = 0;
  std::size_t found = 0;
  for (++i; i < words.size(); ++i) {
    if (std::filesystem::is_regular_file(words[i])) {
      ++files;
      found += hunt.look(words[i]);
      continue;
    }
    for (const auto& file : std::filesystem::recursive_directory_iterator(words[i])) {
      if (!file.is_regular_file()) continue;
      ++files;
      found += hunt.look(file.path());
    }
  }
  if (files == 0) throw std::runtime_error("there is no file to look at");
  std::printf("looked for %zu forms of secrets in %zu files: %zu found\n", hunt.needle_count(),
              files, found);
  return found == 0 ? 0 : 1;
}

}  // namespace
}  // namespace valise::test

int main(int argc, char** argv) {
  try {
    valise::start();
    return valise::test::hunt_for({argv + 1, argv + argc});
  } catch (const std::exception& error) {
    std::fprintf(stderr, "secret_hunt: %s\n", error.what());
    return 2;
  }
}
