#include "ops/request_file.hpp"

#include <algorithm>
#include <set>

#include "base/error.hpp"
#include "base/files.hpp"
#include "base/hex.hpp"
#include "ops/known_owners.hpp"
#include "vault/root_chain.hpp"

namespace valise {

ReceivedRequest read_request_file(const std::filesystem::path& path) {
  const auto bytes = read_file(path, kRequestBytesMax);
  if (!bytes) throw Error(ErrorKind::not_found, path.string() + ": there is no such request file");
  return parse_request(*bytes, path.string());
}

RequestView view_of_request(const ReceivedRequest& received) {
  const RecoveryRequest& request = received.request;
  const auto& policy = *request.policy.as<PolicyPayload>();
  RequestView view;
  view.fingerprint = request_fingerprint(received.id);
  view.name = request.name;
  view.time = request.time;
  view.vault_id = hex(vault_id_of(request.root_pk));
  view.owner = hex(request.root_pk);
  for (const Entry& device : request.devices) {
    view.devices.push_back(device.as<DevicePayload>()->name);
  }
  std::set<Bytes16> sources;
  std::set<Bytes32> parents;
  view.first = request.backups.front().header.time;
  for (const Entry& entry : request.backups) {
    const auto& backup = *entry.as<BackupPayload>();
    sources.insert(backup.source);
    parents.insert(backup.parent);
    view.first = std::min(view.first, entry.header.time);
    view.last = std::max(view.last, entry.header.time);
  }
  for (const Bytes16& source : sources) view.sources.push_back(hex(source));
  for (const Entry& entry : request.backups) {
    if (!parents.contains(entry.id)) view.snapshots.push_back(hex(entry.as<BackupPayload>()->bid));
  }
  view.backups = request.backups.size();
  view.k = policy.k;
  view.agents = readers_of(policy);
  view.agents.erase(view.agents.begin());
  return view;
}

RequestView show_request(const std::filesystem::path& request,
                         const std::filesystem::path& agent_dir) {
  const ReceivedRequest received = read_request_file(request);
  RequestView view = view_of_request(received);
  if (const auto owner = find_known_owner(agent_dir, received.request.root_pk)) {
    view.known_owner = owner->name;
  }
  return view;
}

}  // namespace valise
