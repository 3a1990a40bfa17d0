#include <algorithm>
#include <set>

#include "base/error.hpp"
#include "base/hex.hpp"
#include "base/new_file.hpp"
#include "format/card.hpp"
#include "ops/opened_backup.hpp"
#include "ops/passphrase.hpp"
#include "ops/recovery.hpp"
#include "ops/request_file.hpp"
#include "storage/local_storage.hpp"

namespace valise {
namespace {

// The backups of all chains up to the wanted snapshots, each after its parent.
std::vector<const Snapshot*> wanted_chains(const VaultView& view, const RequestOptions& options) {
  const auto of_source = [&](const Snapshot& snapshot) {
    return options.source.empty() || hex(snapshot.backup().source).starts_with(options.source);
  };
  std::vector<std::string> names = options.snapshots;
  if (names.empty()) names.push_back("latest");
  std::vector<const Snapshot*> members;
  std::set<const Snapshot*> seen;
  for (const std::string& name : names) {
    refuse_if_behind(view, name);
    const Snapshot& wanted = view.index.find(name, of_source);
    if (wanted.doubtful) {
      throw Error(ErrorKind::usage,
                  "backup " + wanted.id() +
                      " may be a thief's: nothing that the owner signed leads to it any more. No "
                      "agent should open it; run \"valise audit\"");
    }
    for (const Snapshot* member : view.index.chain_of(wanted)) {
      if (seen.insert(member).second) members.push_back(member);
    }
  }
  return members;
}

// What agents can help with, where there is such a thing.
std::string other_text(const VaultView& view) {
  const std::vector<Snapshot>& all = view.index.all();
  const auto found = std::find_if(all.rbegin(), all.rend(), [](const Snapshot& snapshot) {
    return snapshot.backup().slots.size() > 1 && !snapshot.empty_claim;
  });
  if (found == all.rend()) return {};
  return "; the newest that agents can open is " + found->id().substr(0, 8) +
         ": name that one or another (see \"valise list\")";
}

const Entry& common_policy(const VaultView& view, const std::vector<const Snapshot*>& members) {
  const Entry* policy = view.roots.find_policy(members.front()->backup().policy);
  for (const Snapshot* member : members) {
    if (member->backup().policy == policy->id) continue;
    throw Error(ErrorKind::usage,
                "backups " + members.front()->id() + " and " + member->id() +
                    " were made under different policies, whose agents may differ; make a request "
                    "for each");
  }
  if (policy->as<PolicyPayload>()->agents.empty()) {
    throw Error(ErrorKind::usage, "backup " + members.back()->id() +
                                      " is end-to-end: only its owner can open it, and no agent "
                                      "can help" +
                                      other_text(view));
  }
  return *policy;
}

void add_entries(RecoveryRequest& request, const VaultView& view,
                 const std::vector<const Snapshot*>& members) {
  request.policy = common_policy(view, members);
  std::set<Bytes32> devices;
  for (const Snapshot* member : members) {
    if (devices.insert(member->device->pk).second) request.devices.push_back(member->device->entry);
    request.backups.push_back(member->entry);
  }
}

}  // namespace

RequestView make_request_in(Storage& storage, const Run& run, const RequestOptions& options,
                            const std::function<Secret()>& new_passphrase) {
  static_cast<void>(name32(options.name));
  refuse_existing_file(options.to);
  refuse_existing_file(options.key);
  const std::unique_ptr<VaultView> view = view_vault(storage, run);
  warn_of_problems(run, *view);
  RecoveryRequest request;
  add_entries(request, *view, wanted_chains(*view, options));
  const RootKeys keys = RootKeys::generate();
  const auto key_file = new_key_file(keys, new_passphrase(), options.passphrase_memory_kib);
  request.root_pk = view->vault.root_pk();
  request.request_pk = keys.pk();
  request.time = run.clock->now();
  request.name = options.name;
  const Bytes bytes = encode_request(request);
  // The key first: a request whose answers nobody can open must not travel.
  write_new_file(options.key, *key_file, 0600);
  try {
    write_new_file(options.to, bytes, 0644);
  } catch (const Error&) {
    // Of no use without its request, and in the way of the next try.
    std::error_code ignored;
    std::filesystem::remove(options.key, ignored);
    throw;
  }
  return view_of_request(parse_request(bytes, options.to.string()));
}

RequestView make_request(const Run& run, const RequestOptions& options,
                         const std::function<Secret()>& new_passphrase) {
  LocalStorage storage = LocalStorage::open(run.places.vault);
  return make_request_in(storage, run, options, new_passphrase);
}

}  // namespace valise
