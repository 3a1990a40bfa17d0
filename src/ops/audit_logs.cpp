#include "ops/audit_logs.hpp"

#include <algorithm>

#include "ops/audit_device.hpp"
#include "ops/audit_stranger.hpp"

namespace valise {
namespace {

// Tells how far the reading is, now and then.
class LogProgress {
 public:
  LogProgress(const Run& run, const AuditListing& listing) : run_(run) {
    for (const ListedLog& log : listing.logs) total_ += log.objects.size();
  }
  void step(const std::string& name) {
    if (run_.cancellation != nullptr) run_.cancellation->throw_if_requested();
    if (!run_.on_progress || ++done_ % 64 != 0) return;
    run_.on_progress({.step = "reading the logs",
                      .object = name,
                      .done = done_,
                      .total = total_,
                      .unit = "entries"});
  }

 private:
  const Run& run_;
  std::uint64_t done_ = 0;
  std::uint64_t total_ = 0;
};

}  // namespace

void read_device_logs(AuditBook& book, const AuditListing& listing, WorkerPool& pool,
                      const Run& run) {
  book.sort_held();
  book.backups.reserve(listing.containers.size());
  LogProgress progress(run, listing);
  for (const ListedLog& log : listing.logs) {
    if (log.signer == book.vault.root_pk()) continue;
    const auto found =
        std::find_if(book.devices.begin(), book.devices.end(),
                     [&](const BookedDevice& one) { return one.device->pk == log.signer; });
    if (found == book.devices.end()) {
      StrangerAudit audit(book, log.signer);
      read_log_for_audit(book.vault, listing, log, book.roots, pool, [&](AuditedEntry entry) {
        progress.step("an uncertified log");
        audit.take(entry);
      });
      continue;
    }
    const std::string& name = found->device->name;
    DeviceAudit audit(book, static_cast<BookIndex>(found - book.devices.begin()));
    read_log_for_audit(book.vault, listing, log, book.roots, pool, [&](AuditedEntry entry) {
      progress.step(name);
      audit.take(entry);
    });
    audit.finish();
  }
}

}  // namespace valise
