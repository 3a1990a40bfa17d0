#include "ops/audit_logs.hpp"

#include <algorithm>

#include "ops/audit_device.hpp"

namespace valise {

void read_device_logs(AuditBook& book, const AuditListing& listing, WorkerPool& pool,
                      const Run& run) {
  book.sort_held();
  std::uint64_t total = 0;
  for (const ListedLog& log : listing.logs) total += log.objects.size();
  book.backups.reserve(listing.containers.size());
  std::uint64_t done = 0;
  for (const ListedLog& log : listing.logs) {
    if (log.signer == book.vault.root_pk()) continue;
    const auto found =
        std::find_if(book.devices.begin(), book.devices.end(),
                     [&](const BookedDevice& one) { return one.device->pk == log.signer; });
    if (found == book.devices.end()) {
      book.find("uncertified", Severity::error, log_folder(log.signer),
                log_folder(log.signer) + ": the owner never enrolled the device that signed these");
      continue;
    }
    DeviceAudit audit(book, static_cast<BookIndex>(found - book.devices.begin()));
    read_log_for_audit(book.vault, listing, log, book.roots, pool, [&](AuditedEntry entry) {
      if (run.cancellation != nullptr) run.cancellation->throw_if_requested();
      audit.take(entry);
      if (run.on_progress && ++done % 64 == 0) {
        run.on_progress({.step = "reading the logs",
                         .object = found->device->name,
                         .done = done,
                         .total = total,
                         .unit = "entries"});
      }
    });
    audit.finish();
  }
}

}  // namespace valise
