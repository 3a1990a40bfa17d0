#pragma once

#include <vector>

#include "ops/audit_book.hpp"
#include "valise/audit.hpp"

namespace valise {

/// What is said of the vault as a whole, and the order of its rows. Sorts the book's findings.
struct AuditOutline {
  AuditedVault vault;
  std::vector<BookIndex> order;  ///< Of the listed backups: by source, then time.
};
[[nodiscard]] AuditOutline outline_of(AuditBook& book);

/// The sources of the backups in `order`, which is by source, then time.
[[nodiscard]] std::vector<AuditedSource> sources_of(const AuditBook& book,
                                                    const std::vector<BookIndex>& order);

/// Hands the whole report of one vault to the sink.
void report_book(const AuditBook& book, const AuditOutline& outline, AuditSink& sink);

}  // namespace valise
