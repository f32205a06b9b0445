/** Where bytes go, as the API said. */
export interface Place {
  url: string;
  headers: { name: string; value: string }[];
}

/** How often a PUT is tried before a person is asked. */
const TRIES = 3;
const PAUSE_MS = 1000;

/** The store did not take it. */
export class PutError extends Error {}

/** Puts the bytes; `onSent` gets how many are on their way. Tries again what the network broke. */
export async function put(place: Place, bytes: Blob, onSent: (count: number) => void): Promise<void> {
  for (let attempt = 1; ; attempt += 1) {
    try {
      await putOnce(place, bytes, onSent);
      return;
    } catch (error) {
      onSent(0);
      if (attempt === TRIES) throw error;
      await new Promise((resolve) => setTimeout(resolve, PAUSE_MS * attempt));
    }
  }
}

/** `fetch` does not tell how much was sent. */
function putOnce({ url, headers }: Place, bytes: Blob, onSent: (count: number) => void): Promise<void> {
  return new Promise((resolve, reject) => {
    const request = new XMLHttpRequest();
    request.open("PUT", url);
    for (const { name, value } of headers) request.setRequestHeader(name, value);
    request.upload.onprogress = ({ loaded }) => onSent(loaded);
    request.onload = () => {
      if (request.status < 300) resolve();
      else reject(new PutError(`The object store refused it (status ${request.status}). Try again.`));
    };
    request.onerror = () =>
      reject(
        new PutError(
          navigator.onLine
            ? "The object store cannot be reached from this page. Try again; if it stays so, `tonearm doctor` says what is wrong."
            : "You are offline. Connect to the network and try again.",
        ),
      );
    request.send(bytes);
  });
}
