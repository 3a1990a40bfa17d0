#include "source/source_file.hpp"

#include <sqlite3.h>
#include <sys/stat.h>

#include <algorithm>
#include <cerrno>
#include <cmath>
#include <string_view>

#include "base/error.hpp"
#include "base/files.hpp"

namespace valise {

namespace {

constexpr std::string_view kMagic{"SQLite format 3\0", 16};
constexpr std::size_t kHeaderBytes = 100;

std::uint32_t big_endian(ByteSpan bytes, std::size_t at, std::size_t count) noexcept {
  std::uint32_t value = 0;
  for (std::size_t i = 0; i < count; ++i) value = (value << 8) | bytes[at + i];
  return value;
}

/// Bits a byte, of 8. 4,096 random bytes have about 7.95; text and SQLite pages less than 7.
double entropy(ByteSpan bytes) {
  std::array<double, 256> counts{};
  for (const std::uint8_t b : bytes) counts[b] += 1;
  double bits = 0;
  for (const double count : counts) {
    if (count == 0) continue;
    const double share = count / static_cast<double>(bytes.size());
    bits -= share * std::log2(share);
  }
  return bits;
}

bool looks_random(ByteSpan bytes) {
  // Below this size even random bytes repeat too little to tell them from others.
  return bytes.size() >= 512 && entropy(bytes) > (bytes.size() >= 4096 ? 7.8 : 7.3);
}

bool is_signal_desktop(const std::filesystem::path& path) {
  // Signal Desktop keeps sql/db.sqlite in its profile folder, beside config.json.
  std::error_code ignored;
  return path.filename() == "db.sqlite" && path.parent_path().filename() == "sql" &&
         (path.parent_path().parent_path().filename() == "Signal" ||
          std::filesystem::exists(path.parent_path().parent_path() / "config.json", ignored));
}

bool is_signal_android(const std::filesystem::path& path) {
  return path.filename() == "signal.db" && path.parent_path().filename() == "databases";
}

/// Beside the encrypted one, a plain copy has the attachments where its rows look for them.
[[noreturn]] void fail_signal_desktop(const std::filesystem::path& path) {
  const std::filesystem::path config = path.parent_path().parent_path() / "config.json";
  throw Error(
      ErrorKind::source,
      path.string() +
          " is encrypted: Signal Desktop keeps its database under a key (SQLCipher). Quit Signal, "
          "open the file with the program sqlcipher, and make a plain copy beside it: "
          "PRAGMA key = \"x'KEY'\"; ATTACH 'plain.sqlite' AS plain KEY ''; "
          "SELECT sqlcipher_export('plain'); then back up plain.sqlite. KEY is the 64 digits of "
          "\"key\" in " +
          config.string() +
          "; where it has an \"encryptedKey\" instead, the system's keychain has to open that "
          "first. See man valise-backup");
}

}  // namespace

FileStamp require_source_file(const std::filesystem::path& path) {
  struct stat status {};
  if (stat(path.c_str(), &status) != 0) {
    const int reason = errno;
    if (reason == ENOENT || reason == ENOTDIR) {
      throw Error(ErrorKind::source, path.string() + ": no such file");
    }
    if (reason == EACCES || reason == EPERM) fail_no_permission(path);
    fail_file(ErrorKind::source, "cannot look at", path, reason);
  }
  if (S_ISDIR(status.st_mode)) {
    throw Error(ErrorKind::source, path.string() + " is a folder; name the database file in it");
  }
  if (!S_ISREG(status.st_mode)) {
    throw Error(ErrorKind::source, path.string() + " is not a regular file");
  }
  if (status.st_size == 0) {
    throw Error(ErrorKind::source,
                path.string() + " is empty: there is no database in it to back up");
  }
#ifdef __APPLE__
  const timespec modified = status.st_mtimespec;
#else
  const timespec modified = status.st_mtim;
#endif
  return {static_cast<std::uint64_t>(status.st_dev), static_cast<std::uint64_t>(status.st_ino),
          static_cast<std::uint64_t>(status.st_size),
          static_cast<std::int64_t>(modified.tv_sec) * 1'000'000'000 + modified.tv_nsec};
}

std::filesystem::path beside(const std::filesystem::path& path, const char* suffix) {
  return path.native() + suffix;
}

bool holds_bytes(const std::filesystem::path& path) {
  std::error_code error;
  const std::uintmax_t bytes = std::filesystem::file_size(path, error);
  return !error && bytes > 0;
}

FileStart read_start(sqlite3* database, const std::filesystem::path& path) {
  sqlite3_file* file = nullptr;
  FileStart start;
  sqlite3_int64 bytes = 0;
  int code = sqlite3_file_control(database, "main", SQLITE_FCNTL_FILE_POINTER, &file);
  if (code == SQLITE_OK && (file == nullptr || file->pMethods == nullptr)) code = SQLITE_CANTOPEN;
  if (code == SQLITE_OK) code = file->pMethods->xFileSize(file, &bytes);
  if (code == SQLITE_OK) {
    start.count =
        std::min(start.bytes.size(), static_cast<std::size_t>(std::max<sqlite3_int64>(bytes, 0)));
    code = file->pMethods->xRead(file, start.bytes.data(), static_cast<int>(start.count), 0);
  }
  // A short read is a file that was shortened in between; what follows sees zeros and says so.
  if (code != SQLITE_OK && code != SQLITE_IOERR_SHORT_READ) {
    throw Error(ErrorKind::source, "cannot read " + path.string() + ": " + sqlite3_errstr(code));
  }
  return start;
}

std::optional<DatabaseHeader> parse_header(ByteSpan start) noexcept {
  if (start.size() < kHeaderBytes || text_of(start.first(kMagic.size())) != kMagic) {
    return std::nullopt;
  }
  DatabaseHeader header;
  header.page_size = big_endian(start, 16, 2);
  if (header.page_size == 1) header.page_size = 65536;
  header.wal = start[19] == 2;
  // The count is good only if the writer noted it together with the change counter.
  if (big_endian(start, 24, 4) == big_endian(start, 92, 4) && big_endian(start, 28, 4) != 0) {
    header.page_count = big_endian(start, 28, 4);
  }
  return header;
}

void fail_not_a_database(const std::filesystem::path& path, ByteSpan start) {
  const std::string name = path.string();
  const std::string extension = path.extension().string();
  if (extension.starts_with(".crypt")) {
    throw Error(ErrorKind::source,
                name +
                    " is encrypted: it is WhatsApp's own backup file; decrypt it into a "
                    "msgstore.db with its 64-digit key first, and back that up");
  }
  if (is_signal_desktop(path)) fail_signal_desktop(path);
  if (is_signal_android(path) && looks_random(start)) {
    throw Error(ErrorKind::source,
                name +
                    " is encrypted: Signal for Android keeps its database under a key (SQLCipher) "
                    "that never leaves the phone; make a backup in Signal itself, open that with "
                    "its passphrase into a plain SQLite database, and back that up");
  }
  if (looks_random(start)) {
    throw Error(ErrorKind::source,
                name +
                    " is not a plain SQLite database: it looks encrypted (SQLCipher?) or "
                    "compressed; decrypt it into a plain database first, and back that up");
  }
  throw Error(ErrorKind::source, name + " is not a SQLite database");
}

void fail_no_permission(const std::filesystem::path& path) {
  throw Error(
      ErrorKind::source,
      "no permission to read " + path.string() +
#ifdef __APPLE__
          "; give the program that starts valise (the terminal, or valise itself) Full Disk "
          "Access in System Settings, Privacy & Security"
#else
          "; run valise as the user who owns it, or let this user read it"
#endif
  );
}

}  // namespace valise
