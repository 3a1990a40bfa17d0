#include "base/hex.hpp"
#include "ops/audit_index.hpp"

namespace valise {
namespace {

std::string parent_problem(const BookedBackup& parent) {
  if (!parent.present) return parent.pruned ? "was pruned" : "is missing";
  if (parent.has(RowFinding::missing)) return "lacks media packs";
  if (parent.has(RowFinding::chain)) return "builds on one that is broken itself";
  if (parent.has(RowFinding::parent)) return "builds on none that fits";
  if (parent.has(RowFinding::commit) || parent.has(RowFinding::open)) return "does not open";
  return "is damaged";
}

}  // namespace

bool check_chain(AuditBook& book, BookedBackup& backup) {
  if (backup.has(RowFinding::chain)) return true;
  if (backup.parent == kNoIndex) return false;
  const BookedBackup& parent = book.backups[backup.parent];
  if (parent.restorable()) return false;
  book.find(backup, RowFinding::chain,
            "its chain is broken: backup " + hex(parent.bid) + ", on which it builds, " +
                parent_problem(parent));
  return true;
}

void check_chains(AuditBook& book) {
  // What one builds on stands before it.
  for (BookedBackup& backup : book.backups) {
    if (backup.listed() && book.certified(backup)) check_chain(book, backup);
  }
}

}  // namespace valise
