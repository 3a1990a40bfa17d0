#include "valise/report_file.hpp"

#include "base/new_file.hpp"

namespace valise {
namespace {

constexpr std::size_t kReportBufferBytes = std::size_t{1} << 18;

}  // namespace

struct ReportFile::Parts {
  explicit Parts(const std::filesystem::path& target)
      : path(target), file(target), body(unnamed_file(target.parent_path())) {}

  void flush() {
    write_all(body.get(), buffer, path);
    body_bytes += buffer.size();
    buffer.clear();
  }

  std::filesystem::path path;
  NewFile file;
  UniqueFd body;
  Bytes buffer;
  std::uint64_t body_bytes = 0;
};

ReportFile::ReportFile(const std::filesystem::path& path) : parts_(std::make_unique<Parts>(path)) {}
ReportFile::~ReportFile() = default;

void ReportFile::write(std::string_view text) {
  append(parts_->buffer, bytes_of(text));
  if (parts_->buffer.size() >= kReportBufferBytes) parts_->flush();
}

void ReportFile::commit(std::string_view beginning) {
  Parts& parts = *parts_;
  parts.flush();
  parts.file.write(bytes_of(beginning));
  Bytes part(kReportBufferBytes);
  for (std::uint64_t done = 0; done < parts.body_bytes;) {
    const std::size_t got = read_at(parts.body.get(), part, done, parts.path);
    if (got == 0) throw Error(ErrorKind::storage, parts.path.string() + ": it was cut short");
    parts.file.write(ByteSpan(part).first(got));
    done += got;
  }
  parts.file.commit();
}

}  // namespace valise
