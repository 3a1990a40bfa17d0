#include "ops/scrub_packs.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <set>

#include "base/error.hpp"
#include "vault/container_reader.hpp"
#include "vault/object_names.hpp"

namespace valise {
namespace {

/// Which containers need which packs, as they say it in the clear. One container may name a million
/// packs, and there may be any number of containers: memory goes by the packs that are there, and
/// by how many are told.
class PackNeeds {
 public:
  explicit PackNeeds(const std::vector<ObjectInfo>& objects) {
    for (const ObjectInfo& object : objects) {
      if (const auto pack = pack_id_of(object.name)) present_.push_back(*pack);
    }
    std::sort(present_.begin(), present_.end());
    named_.resize(present_.size());
  }

  /// What anybody's container names is not called unreferenced; what it lacks is told only where
  /// the log holds its backup.
  void ask(const ContainerReader& container, bool logged) {
    for (const Bytes32& pack : container.refs()) {
      const auto found = std::lower_bound(present_.begin(), present_.end(), pack);
      if (found != present_.end() && *found == pack) {
        named_[static_cast<std::size_t>(found - present_.begin())] = true;
      } else if (logged) {
        lacks(pack, container.object());
      }
    }
  }

  void tell_missing(const Vault& vault, ScrubReport& report) const {
    for (const auto& [pack, need] : missing_) {
      const ObjectName name = pack_object(pack);
      // It may have come since the objects were listed.
      if (vault.storage().size(name)) continue;
      report.findings.push_back(
          {name, "missing",
           fmt::format("{}: the vault lacks it, and {} needs it for attachment files{}", name,
                       need.first,
                       need.count > 1 ? fmt::format(" (and {} more)", need.count - 1) : ""),
           true, false});
    }
    if (more_ == 0) return;
    report.findings.push_back({kMediaFolder, "missing",
                               fmt::format("{}: containers name {} more times packs that the vault "
                                           "lacks",
                                           kMediaFolder, more_),
                               true, false});
  }

  void tell_unreferenced(ScrubReport& report) const {
    for (std::size_t i = 0; i < present_.size(); ++i) {
      if (named_[i]) continue;
      const ObjectName name = pack_object(present_[i]);
      report.findings.push_back(
          {name, "unreferenced",
           name + ": no container names it (its backups were pruned, or a run was cut short or is "
                  "still under way); harmless",
           false, false});
    }
  }

 private:
  struct Need {
    ObjectName first;  // A container that names it.
    std::uint64_t count = 0;
  };

  void lacks(const Bytes32& pack, const ObjectName& container) {
    if (missing_.size() >= kMissingPacksToldMax && !missing_.contains(pack)) {
      ++more_;
      return;
    }
    Need& need = missing_[pack];
    if (need.count++ == 0) need.first = container;
  }

  std::vector<Bytes32> present_;  // Sorted.
  std::vector<bool> named_;       // Of each.
  std::map<Bytes32, Need> missing_;
  std::uint64_t more_ = 0;
};

}  // namespace

void add_pack_findings(const Vault& vault, const LoggedObjects& logged,
                       const std::vector<ObjectInfo>& objects, const Run& run,
                       ScrubReport& report) {
  PackNeeds needs(objects);
  bool complete = true;  // Every container could be asked.
  std::set<Bytes16> asked;
  for (const ObjectInfo& object : objects) {
    const auto bid = container_bid_of(object.name);
    if (!bid) continue;
    if (run.cancellation != nullptr) run.cancellation->throw_if_requested();
    try {
      const ContainerReader container = ContainerReader::open(vault, *bid);
      const LoggedBackup* claim = logged.claim_of(container.entry());
      // Who gave a backup up needs its packs no more.
      const bool kept = claim != nullptr && !claim->pruned;
      if (kept) asked.insert(*bid);
      needs.ask(container, kept);
    } catch (const Error& error) {
      if (error.kind() == ErrorKind::storage || error.kind() == ErrorKind::cancelled) throw;
      // What is wrong with it is a finding of its own.
      complete = false;
    }
  }
  for (const auto& [bid, claims] : logged.backups) {
    if (!asked.contains(bid) && logged.keeps(bid)) complete = false;
  }
  needs.tell_missing(vault, report);
  // A container that cannot be asked may need any of the others.
  if (complete) needs.tell_unreferenced(report);
}

}  // namespace valise
