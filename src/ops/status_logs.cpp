#include "ops/status_logs.hpp"

#include <fmt/format.h>

#include "base/error.hpp"
#include "vault/object_names.hpp"

namespace valise {
namespace {

// Of the device's last entry: the next backup goes on after it and leaves it out.
std::string own_entry_fault(const VaultView& view, const Credential& credential) {
  const Checkpoint& own = credential.own;
  if (own.seq == 0) return {};
  const Bytes32 self = credential.signing_key().public_key();
  const ObjectName name = entry_object(self, own.seq);
  try {
    if (read_entry(view.vault, self, own.seq).id == own.entry_id) return {};
    return name + ": it is not the entry that this device signed; run \"valise audit\"";
  } catch (const Error& error) {
    if (error.kind() == ErrorKind::storage) throw;
    if (error.kind() != ErrorKind::not_found) return std::string(error.what()) + kMoveAside;
    return name +
           ": this device signed it, and it is missing: somebody cut the log, or put back an older "
           "state of the vault; put it back from a copy of the vault, and run \"valise audit\"; "
           "where there is no copy, the next backup begins a new chain";
  }
}

}  // namespace

std::vector<std::string> status_log_problems(const VaultView& view, const Credential& credential) {
  std::vector<std::string> problems;
  if (std::string fault = owner_log_fault(view.roots, credential); !fault.empty()) {
    problems.push_back(std::move(fault));
  }
  const Bytes32 self = credential.signing_key().public_key();
  const std::string own = log_folder(self) + "/";
  const ObjectName last = entry_object(self, credential.own.seq);
  if (std::string fault = own_entry_fault(view, credential); !fault.empty()) {
    problems.push_back(std::move(fault));
  }
  std::size_t unsound = 0;
  // The index has what stands in the owner's log, too.
  const std::string root = log_folder(credential.root_pk) + "/";
  for (const LogProblem& problem : view.index.problems()) {
    const bool here = problem.object.starts_with(own) || problem.object.starts_with(root);
    if (!problem.unsound || !here || problem.object == last) continue;
    if (++unsound <= kLogProblemsToldMax) problems.push_back(problem.message);
  }
  if (unsound > kLogProblemsToldMax) {
    problems.push_back(fmt::format("{} more objects in these logs were not signed there",
                                   unsound - kLogProblemsToldMax));
  }
  return problems;
}

}  // namespace valise
