// A rating of up to five stars, with its number in words.
import { Star } from "lucide-react";
import "./stars.css";

const MOST = 5;

export function Stars({ rating, size = 15 }: { rating: number; size?: number }) {
  const row = Array.from({ length: MOST }, (_, index) => <Star key={index} size={size} aria-hidden />);
  return (
    <span className="stars" role="img" aria-label={`${rating} of ${MOST} stars`}>
      <span className="stars__empty">{row}</span>
      <span className="stars__full" style={{ width: `${(rating / MOST) * 100}%` }}>
        {row}
      </span>
    </span>
  );
}
