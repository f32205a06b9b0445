/** @jsxImportSource preact */
import { dismiss, notice } from "../state/notices";
import { Icon } from "./icons";

/** What was just told; read aloud, too. */
export function NoticeBar() {
  const shown = notice.value;
  return (
    <div class="told-place" role="status">
      {shown && (
        <p class="told">
          <span>{shown.message}</span>
          {shown.action && (
            <button
              type="button"
              class="text-button"
              onClick={() => {
                shown.action!.act();
                dismiss();
              }}
            >
              {shown.action.label}
            </button>
          )}
          <button type="button" class="icon-button" aria-label="Dismiss" onClick={dismiss}>
            <Icon name="close" />
          </button>
        </p>
      )}
    </div>
  );
}
